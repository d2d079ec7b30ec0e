package importer

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
	"strings"
)

// duplicateDetector remembers the keys of a file's rows as hashes: a file may have more rows than fit into memory as texts.
type duplicateDetector struct {
	seen map[uint64]occurrence
	seed maphash.Seed
}

// occurrence is the line in which a key occurred first, and a hash of the row's values.
type occurrence struct {
	line int
	hash uint64
}

func newDuplicateDetector() duplicateDetector {
	return duplicateDetector{map[uint64]occurrence{}, maphash.MakeSeed()}
}

// add remembers a key. If the key was known, it returns the line of its first occurrence, and whether that row had the same hash.
func (d duplicateDetector) add(key string, line int, hash uint64) (first int, same, known bool) {
	first, same, known = d.find(key, hash)
	if !known {
		d.seen[maphash.String(d.seed, key)] = occurrence{line, hash}
	}
	return first, same, known
}

// find does what add does, but remembers nothing.
func (d duplicateDetector) find(key string, hash uint64) (first int, same, known bool) {
	o, known := d.seen[maphash.String(d.seed, key)]
	return o.line, o.hash == hash, known
}

// hashTexts hashes a list of texts. Case makes no difference.
func hashTexts(texts ...string) uint64 {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.Join(texts, "\x00"))))
	return binary.BigEndian.Uint64(sum[:])
}
