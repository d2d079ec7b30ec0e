package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// problem is why a row cannot be taken.
type problem struct{ column, reason string }

// cells read the fields of one row, and gather what is wrong with them.
type cells struct {
	*header

	values   []string
	problems []problem
}

// failf notes a problem with a field. The reason is a sentence.
func (c *cells) failf(field, format string, args ...any) {
	c.note(problem{c.label(field), fmt.Sprintf(format, args...)})
}

func (c *cells) note(p problem) {
	if !slices.Contains(c.problems, p) {
		c.problems = append(c.problems, p)
	}
}

// failed says whether something is wrong with the field.
func (c *cells) failed(field string) bool {
	label := c.label(field)
	return slices.ContainsFunc(c.problems, func(p problem) bool { return p.column == label })
}

// text is a field, cleaned, of most characters at the most; the constant where the row has none.
func (c *cells) text(field string, most int) string {
	i, ok := c.at[field]
	if !ok {
		return clean(c.constant[field])
	}
	value := c.column(i, most)
	if value == "" && !c.failed(field) {
		return clean(c.constant[field])
	}
	return value
}

// column is the text of a column, cleaned; empty when something is wrong with it.
func (c *cells) column(i, most int) string {
	if i >= len(c.values) { // only before any row is read
		return ""
	}
	raw := c.values[i]
	note := func(format string, args ...any) {
		c.note(problem{c.names[i], fmt.Sprintf(format, args...)})
	}
	if at := invalidUTF8(raw); at >= 0 {
		note("Character %d is the byte 0x%02X, "+notUTF8+"%s.", utf8.RuneCountInString(raw[:at])+1, raw[at], inWindows1252(raw[at]))
		return ""
	}
	if before, _, found := strings.Cut(raw, "\x00"); found {
		note("Character %d is NUL.", utf8.RuneCountInString(before)+1)
		return ""
	}
	if strings.HasPrefix(raw, `"`) && strings.Count(raw, `"`) == 1 { // a rejected row that was not corrected
		note(`It begins with a quote (") that has no end.`)
		return ""
	}
	value := clean(raw)
	if at := strings.IndexRune(value, utf8.RuneError); at >= 0 {
		note("Character %d is %q, the mark of a character that was lost earlier.", utf8.RuneCountInString(value[:at])+1, utf8.RuneError)
		return ""
	}
	if n := utf8.RuneCountInString(value); n > most {
		note("It has %d characters, and %d are the most.", n, most)
		return ""
	}
	return value
}

// notUTF8 is a phrase that the report looks for.
const notUTF8 = "which is not UTF-8"

func invalidUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)) {
			return i
		}
	}
	return -1
}

// inWindows1252 says what the byte would be in the usual other encoding.
func inWindows1252(b byte) string {
	r := charmap.Windows1252.DecodeByte(b)
	if r == utf8.RuneError || r < ' ' {
		return ""
	}
	return fmt.Sprintf(" (in windows-1252 it is %c)", r)
}

// name is a text that calls something by a name: it is there, and has a letter or a digit.
func (c *cells) name(field string, most int) string {
	value := c.text(field, most)
	switch {
	case c.failed(field):
	case value == "":
		c.failf(field, "The %s is missing.", field)
	case wordless(value):
		c.failf(field, "The %s %q has no letter and no digit.", field, value)
	case placeholders[strings.ToLower(value)]:
		c.failf(field, "The %s %q is a placeholder.", field, value)
	default:
		return value
	}
	return ""
}

// word is one of a list of words in capitals; empty when the row has none.
func (c *cells) word(field string, accepted []string) string {
	value := c.text(field, 100)
	word := strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_").Replace(value))
	if value == "" || slices.Contains(accepted, word) {
		return word
	}
	c.failf(field, "The %s %q is none of %s.", field, clip(value, 40), strings.Join(accepted, ", "))
	return ""
}
