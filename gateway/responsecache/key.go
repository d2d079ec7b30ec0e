package responsecache

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"github.com/google/uuid"

	"aisle/auth"
)

// A cacheKey identifies a response, or a fragment, by the document, its variables, the stores that the viewer sees, and more.
type cacheKey [sha256.Size]byte

// newKey hashes what a key depends on.
func newKey(dataName string, get *ParsedGET, scope auth.Scope, stores []uuid.UUID, others ...[]byte) cacheKey {
	text := make([]byte, 0, 512)
	field := func(b []byte) {
		text = append(binary.AppendUvarint(text, uint64(len(b))), b...)
	}
	field([]byte(dataName))
	field(get.hash[:])
	field([]byte(get.name))
	field(get.variables)
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
