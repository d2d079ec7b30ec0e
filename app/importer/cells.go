package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// problem is a reason to reject a row.
type problem struct{ column, reason string }

// cells reads the fields of a row and collects their problems.
type cells struct {
	*header

	values   []string
	problems []problem
}

// addProblemf adds a problem with a field. The reason is a sentence.
func (c *cells) addProblemf(field, format string, args ...any) {
	c.addProblem(problem{c.label(field), fmt.Sprintf(format, args...)})
}

func (c *cells) addProblem(p problem) {
	if !slices.Contains(c.problems, p) {
		c.problems = append(c.problems, p)
	}
}

// hasProblem reports whether the field has a problem.
func (c *cells) hasProblem(field string) bool {
	label := c.label(field)
	return slices.ContainsFunc(c.problems, func(p problem) bool { return p.column == label })
}

// text returns the cleaned text of a field, of at most maxLen characters, or its constant if the row has none.
func (c *cells) text(field string, maxLen int) string {
	i, ok := c.columns[field]
	if !ok {
		return cleanText(c.constants[field])
	}
	value := c.column(i, maxLen)
	if value == "" && !c.hasProblem(field) {
		return cleanText(c.constants[field])
	}
	return value
}

// column returns the cleaned text of a column, or an empty string if it has a problem.
func (c *cells) column(i, maxLen int) string {
	if i >= len(c.values) { // only when checkConstants parses
		return ""
	}
	raw := c.values[i]
	addProblemf := func(format string, args ...any) {
		c.addProblem(problem{c.names[i], fmt.Sprintf(format, args...)})
	}
	if at := invalidUTF8(raw); at >= 0 {
		addProblemf("Character %d is the byte 0x%02X, "+notUTF8+"%s.", utf8.RuneCountInString(raw[:at])+1, raw[at], inWindows1252(raw[at]))
		return ""
	}
	if before, _, found := strings.Cut(raw, "\x00"); found {
		addProblemf("Character %d is NUL.", utf8.RuneCountInString(before)+1)
		return ""
	}
	if strings.HasPrefix(raw, `"`) && strings.Count(raw, `"`) == 1 { // a rejected row that was imported again uncorrected
		addProblemf(`The text begins with a quote (") that is not closed.`)
		return ""
	}
	value := cleanText(raw)
	if at := strings.IndexRune(value, utf8.RuneError); at >= 0 {
		addProblemf("Character %d is %q: the original character was lost in an earlier conversion.",
			utf8.RuneCountInString(value[:at])+1, utf8.RuneError)
		return ""
	}
	if n := utf8.RuneCountInString(value); n > maxLen {
		addProblemf("The text has %d characters; the maximum is %d.", n, maxLen)
		return ""
	}
	return value
}

// notUTF8 is part of a reason. The report counts rejects by it.
const notUTF8 = "which is not UTF-8"

func invalidUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)) {
			return i
		}
	}
	return -1
}

// inWindows1252 returns a hint with the character of a byte in windows-1252, the most common other encoding.
func inWindows1252(b byte) string {
	r := charmap.Windows1252.DecodeByte(b)
	if r == utf8.RuneError || r < ' ' {
		return ""
	}
	return fmt.Sprintf(" (in windows-1252 it is %c)", r)
}

// requiredName returns the text of a field that must be a name: not empty, and with a letter or a digit.
func (c *cells) requiredName(field string, maxLen int) string {
	value := c.text(field, maxLen)
	switch {
	case c.hasProblem(field):
	case value == "":
		c.addProblemf(field, "The %s is missing.", field)
	case lacksLetters(value):
		c.addProblemf(field, "The %s %q has neither letters nor digits.", field, value)
	case placeholders[strings.ToLower(value)]:
		c.addProblemf(field, "The %s %q is a placeholder.", field, value)
	default:
		return value
	}
	return ""
}

// enum returns the value of an enum, or an empty string if the row has none.
func (c *cells) enum(field string, accepted []string) string {
	value := c.text(field, 100)
	word := strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_").Replace(value))
	if value == "" || slices.Contains(accepted, word) {
		return word
	}
	c.addProblemf(field, "The %s %q is not one of %s.", field, truncate(value, 40), strings.Join(accepted, ", "))
	return ""
}

// checkConstants returns the problems of the values of --set.
func (h *header) checkConstants(parse func(*cells)) error {
	withoutColumns := &header{columns: map[string]int{}, constants: h.constants, fields: h.fields}
	c := cells{header: withoutColumns}
	parse(&c)
	var errs []error
	for _, p := range c.problems {
		if name, ok := strings.CutPrefix(p.column, "--set "); ok {
			errs = append(errs, fmt.Errorf("--set %s=%s: %s", name, h.constants[name], p.reason))
		}
	}
	return errors.Join(errs...)
}
