package store

import (
	"strings"
	"unicode/utf8"
)

// ValidText says whether PostgreSQL can keep a text: UTF-8 without the character NUL.
func ValidText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
