package store

import (
	"strconv"
	"unicode/utf8"
)

// maxQuotedLen is how many characters of a received value an error message quotes.
const maxQuotedLen = 80

// Quote quotes a received value for an error message. It keeps the first 80 characters, and marks a value that is longer with "...".
// Never quote passwords, tokens, secrets or URLs with credentials: the schema marks inputs that hold them with @sensitive.
func Quote(s string) string {
	if utf8.RuneCountInString(s) <= maxQuotedLen {
		return strconv.Quote(s)
	}
	const ellipsis = "..."
	return strconv.Quote(string([]rune(s)[:maxQuotedLen-len(ellipsis)]) + ellipsis)
}
