package store

import (
	"strings"
	"unicode/utf8"
)

// ValidText says whether PostgreSQL can keep a text: UTF-8 without the character NUL.
func ValidText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// CleanText is the text of an input's field without the spaces around it. It must have something in it, and at most so
// many characters.
func CleanText(field, text string, longest int) (string, error) {
	text, err := OptionalText(field, text, longest)
	if err == nil && text == "" {
		return "", Invalid(field, "Write something: this is empty.")
	}
	return text, err
}

// OptionalText is CleanText for a text that may be empty.
func OptionalText(field, text string, longest int) (string, error) {
	text = strings.TrimSpace(text)
	if !ValidText(text) {
		return "", Invalid(field, "The text has characters that cannot be kept: write it anew.")
	}
	if n := utf8.RuneCountInString(text); n > longest {
		return "", Invalid(field, "The text has %d characters, and may have %d at most.", n, longest)
	}
	return text, nil
}
