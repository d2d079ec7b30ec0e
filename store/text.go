package store

import (
	"strings"
	"unicode/utf8"
)

// IsValidText reports whether PostgreSQL can store a text: UTF-8 without NUL.
func IsValidText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// CleanText trims and checks the text of an input field: it must not be empty, and may have maxLen characters.
func CleanText(field, text string, maxLen int) (string, error) {
	text, err := CleanOptionalText(field, text, maxLen)
	if err == nil && text == "" {
		return "", NewUserError(CodeRequired, field, "The text is empty. Send at least one character.")
	}
	return text, err
}

// CleanOptionalText is CleanText for a text that may be empty.
func CleanOptionalText(field, text string, maxLen int) (string, error) {
	text = strings.TrimSpace(text)
	if !IsValidText(text) {
		return "", NewInputError(field, "The text contains NUL or invalid UTF-8. Send valid UTF-8 without NUL.")
	}
	if n := utf8.RuneCountInString(text); n > maxLen {
		return "", NewUserError(CodeTooLong, field, "The text has %d characters. It may have up to %d.", n, maxLen)
	}
	return text, nil
}

// LikePattern returns the pattern with which ILIKE finds a text anywhere, or nil for an empty text, which finds everything.
func LikePattern(search string) *string {
	search = strings.TrimSpace(search)
	if search == "" {
		return nil
	}
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(search)
	pattern := "%" + escaped + "%"
	return &pattern
}
