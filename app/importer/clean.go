package importer

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// entity is an HTML entity with its semicolon. Without it, HTML would find one in "Fish&Chips&lt", too.
var entity = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

// clean makes a text what a person meant: entities decoded (also when they were encoded twice), control and invisible
// characters gone, single spaces, none at the ends, and letters in the composed form (NFC).
func clean(s string) string {
	for range 3 {
		if !strings.Contains(s, "&") {
			break
		}
		s = entity.ReplaceAllStringFunc(s, html.UnescapeString)
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case invisible(r):
			return -1
		case unicode.IsControl(r) || unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
	return norm.NFC.String(strings.Join(strings.Fields(s), " "))
}

// invisible says whether a character only spoils searching: zero-width spaces, soft hyphens, marks of direction. The
// joiners stay: some scripts need them.
func invisible(r rune) bool {
	switch r {
	case '\u00ad', '\u200b', '\u2060', '\ufeff', '\u200e', '\u200f':
		return true
	}
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// wordless says whether a text has no letter and no digit.
func wordless(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// placeholders are what systems write where they know nothing.
//
//nolint:gochecknoglobals // a map cannot be a constant
var placeholders = map[string]bool{
	"n/a": true, "#n/a": true, "null": true, "undefined": true, "unknown": true, "nan": true, "none": true, "tbd": true,
	"test": true, "#ref!": true, "#name?": true, "#value!": true, "#null!": true, "#div/0!": true,
}

// titled writes a name in capitals with small letters, as in Ben Hill; a name that has small letters already is kept.
func titled(s string) string {
	if strings.ContainsFunc(s, unicode.IsLower) {
		return s
	}
	var b strings.Builder
	begins := true
	for _, r := range s {
		if begins {
			b.WriteRune(unicode.ToTitle(r))
		} else {
			b.WriteRune(unicode.ToLower(r))
		}
		begins = !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
	}
	return b.String()
}

// slug is a name as a code: small letters and digits, with hyphens between words, and without accents.
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

// clip keeps a text from filling a message.
func clip(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "..."
}
