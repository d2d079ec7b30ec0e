package importer

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
	"strings"
	"unicode"
)

// madeCode makes a code from texts, such as K7X2Q9MF: the same for texts that differ in case, spaces and signs only.
// It begins with a letter, so that no spreadsheet takes it for a number, and has none that look like digits. Among
// 10,000 stores, two get the same code once in 15,000 times; the second one is rejected then, and not mixed up.
// It answers false when the texts hold no letter and no digit.
func madeCode(texts []string) (string, bool) {
	var b strings.Builder
	empty := true
	for _, t := range texts {
		for _, word := range strings.FieldsFunc(strings.ToLower(t), func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
		}) {
			empty = false
			b.WriteString(word + " ")
		}
		b.WriteByte('\n')
	}
	const (
		alphabet = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
		letters  = 22
		length   = 8
	)
	sum := sha256.Sum256([]byte(b.String()))
	n := binary.BigEndian.Uint64(sum[:])
	made := []byte{alphabet[n%letters]}
	n /= letters
	for len(made) < length {
		made = append(made, alphabet[n%uint64(len(alphabet))])
		n /= uint64(len(alphabet))
	}
	return string(made), !empty
}

// doubles remembers the keys of a file's rows, as hashes: a file may have more rows than memory has room for texts.
type doubles struct {
	seen map[uint64]sighting
	seed maphash.Seed
}

// sighting is where a key was first, and a hash of all that its row says.
type sighting struct {
	line int
	row  uint64
}

func newDoubles() doubles { return doubles{map[uint64]sighting{}, maphash.MakeSeed()} }

// meet remembers a key. If it was there already, it answers in which line, and whether that row said the same.
func (d doubles) meet(key string, line int, row uint64) (first int, same, known bool) {
	k := maphash.String(d.seed, key)
	s, known := d.seen[k]
	if !known {
		d.seen[k] = sighting{line, row}
	}
	return s.line, s.row == row, known
}

// hashOf is one number for a list of texts. Case makes no difference.
func hashOf(texts ...string) uint64 {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.Join(texts, "\x00"))))
	return binary.BigEndian.Uint64(sum[:])
}

// peek is meet without remembering.
func (d doubles) peek(key string, row uint64) (first int, same, known bool) {
	s, known := d.seen[maphash.String(d.seed, key)]
	return s.line, s.row == row, known
}
