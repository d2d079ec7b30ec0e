package importer

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"unicode"
)

// generateCode generates a code such as K7X2Q9MF from texts. Texts that differ only in case, spaces and punctuation have the
// same code. A code begins with a letter, so that spreadsheets do not treat it as a number, and has no letters that look like
// digits. In one of 15,000 chains of 10,000 stores, two stores have the same code: the second one is rejected.
// It returns false if the texts contain neither letters nor digits.
func generateCode(texts []string) (string, bool) {
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
	code := []byte{alphabet[n%letters]}
	n /= letters
	for len(code) < length {
		code = append(code, alphabet[n%uint64(len(alphabet))])
		n /= uint64(len(alphabet))
	}
	return string(code), !empty
}
