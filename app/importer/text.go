package importer

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// entity matches an HTML entity with its semicolon. HTML also has entities without one, which would match in "Fish&Chips&lt".
var entity = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

// cleanText decodes HTML entities (also entities that were encoded twice), removes control and invisible characters, collapses
// spaces and normalizes the text to NFC.
func cleanText(s string) string {
	for range 3 {
		if !strings.Contains(s, "&") {
			break
		}
		s = entity.ReplaceAllStringFunc(s, html.UnescapeString)
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case isInvisible(r):
			return -1
		case unicode.IsControl(r) || unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
	return norm.NFC.String(strings.Join(strings.Fields(s), " "))
}

// isInvisible reports whether a character is a zero-width space, a soft hyphen or a direction mark. Joiners are not: some
// scripts need them.
func isInvisible(r rune) bool {
	switch r {
	case '\u00ad', '\u200b', '\u2060', '\ufeff', '\u200e', '\u200f':
		return true
	}
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// lacksLetters reports whether a text has neither letters nor digits.
func lacksLetters(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// placeholders are texts that systems write for unknown values.
//
//nolint:gochecknoglobals // a map cannot be a constant
var placeholders = map[string]bool{
	"n/a": true, "#n/a": true, "null": true, "undefined": true, "unknown": true, "nan": true, "none": true, "tbd": true,
	"test": true, "#ref!": true, "#name?": true, "#value!": true, "#null!": true, "#div/0!": true,
}

// titleCase converts a name in capitals, such as BEN HILL, to Ben Hill. It returns names with lowercase letters unchanged.
func titleCase(s string) string {
	if strings.ContainsFunc(s, unicode.IsLower) {
		return s
	}
	var b strings.Builder
	atStart := true
	for _, r := range s {
		if atStart {
			b.WriteRune(unicode.ToTitle(r))
		} else {
			b.WriteRune(unicode.ToLower(r))
		}
		atStart = !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
	}
	return b.String()
}

// slug converts a name to a code: lowercase letters and digits without accents, with hyphens between words.
func slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case r >= '\u0300' && r <= '\u036f': // an accent
		case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case r != '\'' && r != '’':
			gap = true
		}
	}
	return norm.NFC.String(b.String())
}

// truncate shortens a text for a message.
func truncate(s string, maxLen int) string {
	if utf8.RuneCountInString(s) <= maxLen {
		return s
	}
	return string([]rune(s)[:maxLen]) + "..."
}

// replaceInvalid replaces invalid UTF-8 and NUL by the replacement character.
func replaceInvalid(s string) string {
	const replacement = string(utf8.RuneError)
	return strings.ReplaceAll(strings.ToValidUTF8(s, replacement), "\x00", replacement)
}

// countNoun returns a number and its noun.
func countNoun(n int, singular, plural string) string {
	if n == 1 {
		return "1 " + singular
	}
	return formatNumber(n) + " " + plural
}

// formatNumber formats a number with thousands separators, such as 4,657.
func formatNumber(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
