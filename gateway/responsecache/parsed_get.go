package responsecache

import (
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"

	"aisle/gateway/document"
)

// A ParsedGET is what the query of a GET's URL asks for, as far as the lookup needs it. Parsing the query takes longer than the lookup.
type ParsedGET struct {
	hash      document.Hash
	name      string // of the operation; empty when the client sent none
	variables []byte // JSON, sorted
}

const (
	maxParsed    = 10_000
	maxParsedLen = 2 << 10 // bytes of a URL's query
)

// Hash returns the hash of the document.
func (p *ParsedGET) Hash() document.Hash { return p.hash }

func newParsedGET(params *graphql.RawParams, d *document.Document) (*ParsedGET, error) {
	variables, err := json.Marshal(params.Variables) // sorted
	if err != nil {
		return nil, err //nolint:wrapcheck // they came as JSON
	}
	return &ParsedGET{d.Hash, params.OperationName, variables}, nil
}
