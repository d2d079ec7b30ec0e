package store

import (
	"strings"
	"unicode/utf8"
)

// IsValidText says whether PostgreSQL can keep a text: UTF-8 without the character NUL.
func IsValidText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// CleanText is the text of an input's field without the spaces around it. It must have something in it, and at most so
// many characters.
func CleanText(field, text string, longest int) (string, error) {
	text, err := CleanOptionalText(field, text, longest)
	if err == nil && text == "" {
		return "", NewInputError(field, "Write something: this is empty.")
	}
	return text, err
}

// CleanOptionalText is CleanText for a text that may be empty.
func CleanOptionalText(field, text string, longest int) (string, error) {
	text = strings.TrimSpace(text)
	if !IsValidText(text) {
		return "", NewInputError(field, "The text has characters that cannot be kept: write it anew.")
	}
	if n := utf8.RuneCountInString(text); n > longest {
		return "", NewInputError(field, "The text has %d characters, and may have %d at most.", n, longest)
	}
	return text, nil
}
