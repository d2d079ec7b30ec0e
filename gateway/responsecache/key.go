package responsecache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"

	"aisle/auth"
	"aisle/gateway/document"
)

// A cacheKey identifies a response, or a fragment, by the document, its variables, the stores that the viewer sees, and more.
type cacheKey [sha256.Size]byte

// A query is what a client asks for, apart from who it is.
type query struct {
	document  document.Hash
	operation string // its name; empty when the client sent none
	variables []byte // JSON, sorted by name
}

func newQuery(d *document.Document, params *graphql.RawParams) (query, error) {
	variables, err := json.Marshal(params.Variables) // sorts them
	if err != nil {
		return query{}, fmt.Errorf("encode the variables: %w", err)
	}
	return query{d.Hash, params.OperationName, variables}, nil
}

// newKey hashes what a key depends on.
func newKey(dataName string, asked query, scope auth.Scope, stores []uuid.UUID, others ...[]byte) cacheKey {
	text := make([]byte, 0, 512)
	field := func(b []byte) {
		text = append(binary.AppendUvarint(text, uint64(len(b))), b...)
	}
	field([]byte(dataName))
	field(asked.document[:])
	field([]byte(asked.operation))
	field(asked.variables)
	region := scope.RegionID()
	field(region.UUID[:])
	text = strconv.AppendBool(strconv.AppendBool(text, scope.All()), scope.WholeRegion())
	text = binary.AppendUvarint(text, uint64(len(stores)))
	for i := range stores {
		text = append(text, stores[i][:]...)
	}
	for _, b := range others {
		field(b)
	}
	return sha256.Sum256(text)
}
