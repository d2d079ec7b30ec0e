package responsecache

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
)

// A cacheKey identifies a response, or a fragment, by the document, its variables, the stores that the viewer sees, and more.
type cacheKey [sha256.Size]byte

// responseKey is the key of the viewer's response.
func (l *Lookup) responseKey() cacheKey {
	v := l.viewer
	return l.keyWith([]byte("viewer"), v.EmployeeID[:], v.SessionID[:], []byte(v.Role), v.RegionID.UUID[:])
}

// fragmentKey is the key of the fragment at a path. All viewers who see the same stores share it.
func (l *Lookup) fragmentKey(path string) cacheKey {
	return l.keyWith([]byte("part"), []byte(path), l.viewer.StoreID.UUID[:])
}

// keyWith hashes the operation, its variables, the scope, and the other fields.
func (l *Lookup) keyWith(others ...[]byte) cacheKey {
	text := make([]byte, 0, 512)
	field := func(b []byte) {
		text = append(binary.AppendUvarint(text, uint64(len(b))), b...)
	}
	field([]byte(l.dataName))
	field(l.get.hash[:])
	field([]byte(l.get.name))
	field(l.get.variables)
	region := l.scope.RegionID()
	field(region.UUID[:])
	text = strconv.AppendBool(strconv.AppendBool(text, l.scope.All()), l.scope.WholeRegion())
	text = binary.AppendUvarint(text, uint64(len(l.stores)))
	for i := range l.stores {
		text = append(text, l.stores[i][:]...)
	}
	for _, b := range others {
		field(b)
	}
	return sha256.Sum256(text)
}
