package importer

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// delimiters are what separates fields; the likelier ones come first.
//
//nolint:gochecknoglobals // a list cannot be a constant
var delimiters = []string{",", ";", "\t", "|"}

const (
	longestRecord = 1 << 16 // bytes of a record that runs over several lines
	mostLines     = 200     // of a record
)

// record is a row of the file: one line, or several when a quoted field holds line ends.
type record struct {
	line   int      // the first line's number
	lines  int      // how many it has
	fields []string // as many as the header has, unless broken says that it could not be split so
	broken string   // why not; empty when all is well
	empty  bool     // nothing but separators and spaces
}

// reader splits a file into records. Where a quote is opened and not closed it gives up that line only, and goes on
// with the next.
type reader struct {
	lines     *lines
	delimiter byte
	width     int                        // fields of the header; 0 for any number
	good      func(fields []string) bool // whether these would be a good row on their own; nil for never

	ahead []line // read, but not yet part of a record
	err   error  // that ended the lines
}

// next reads a record; io.EOF after the last one.
func (r *reader) next() (record, error) {
	first, ok := r.peek(0)
	if !ok {
		return record{}, r.err
	}
	rec := record{line: first.number, lines: 1}
	switch fields, end := split(first.text, r.delimiter, strict); {
	case first.cut:
		rec.broken = fmt.Sprintf("The line is longer than %d bytes.", longestLine)
		rec.fields = []string{first.text[:longestRecord]}
	case end == complete && blank(fields):
		rec.empty = true
	case end == complete && r.fits(&fields):
		rec.fields = fields
	default:
		rec.fields, rec.lines, rec.broken = r.rescue(first, fields, end)
	}
	r.ahead = r.ahead[rec.lines:]
	return rec, nil
}

// peek looks at the line that comes after n others.
func (r *reader) peek(n int) (line, bool) {
	for len(r.ahead) <= n && r.err == nil {
		l, err := r.lines.next()
		if err != nil {
			r.err = err
			break
		}
		r.ahead = append(r.ahead, l)
	}
	if len(r.ahead) <= n {
		return line{}, false
	}
	return r.ahead[n], true
}

// rescue makes the best of a line that is no record as it stands.
func (r *reader) rescue(first line, fields []string, end ending) (got []string, lines int, broken string) {
	if end == open {
		if got, lines := r.several(first); got != nil {
			return got, lines, ""
		}
	}
	for _, how := range []manner{lenient, literal} {
		if got, end := split(first.text, r.delimiter, how); end == complete && r.fits(&got) {
			return got, 1, ""
		}
	}
	if end != complete {
		fields = strings.Split(first.text, string(r.delimiter))
		return fields, 1, `A quote (") is opened and not closed, or stands where it cannot: double it inside a quoted field.`
	}
	return fields, 1, fmt.Sprintf("The row has %s, and the header has %d.", count(len(fields), "field", "fields"), r.width)
}

// several joins lines as long as a quoted field goes on. It answers nil when the quote was rather never meant to open a
// field: it is not closed, the fields are too many or too few, or one of the lines would be a good row on its own.
func (r *reader) several(first line) (fields []string, lines int) {
	s := splitter{delimiter: r.delimiter}
	end := s.first(first.text)
	size := len(first.text)
	for n := 1; end == open && n < mostLines; n++ {
		l, ok := r.peek(n)
		if !ok {
			break
		}
		if size += len(l.text); size > longestRecord || r.wouldBeGood(l.text) {
			break
		}
		if end = s.more(l.text); end == complete && r.fits(&s.fields) {
			return s.fields, n + 1
		}
	}
	return nil, 0
}

func (r *reader) wouldBeGood(text string) bool {
	if r.good == nil {
		return false
	}
	fields, end := split(text, r.delimiter, strict)
	return end == complete && r.fits(&fields) && r.good(fields)
}

// fits says whether the fields are as many as the header's, after it cut empty ones off that are too many.
func (r *reader) fits(fields *[]string) bool {
	if r.width == 0 {
		return true
	}
	if len(*fields) > r.width && blank((*fields)[r.width:]) {
		*fields = (*fields)[:r.width]
	}
	return len(*fields) == r.width
}

func blank(fields []string) bool {
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}

// errEmpty is a file without a header.
var errEmpty = errors.New("the file is empty: its first line must name the columns")

// readHeader reads the names of the columns, and finds the delimiter when it is 0.
func readHeader(l *lines, delimiter byte) (*reader, []string, error) {
	r := &reader{lines: l, delimiter: delimiter}
	r.skipEmpty()
	if first, ok := r.peek(0); ok {
		if value, is := strings.CutPrefix(first.text, "sep="); is && slices.Contains(delimiters, value) { // Excel's own
			r.delimiter = value[0]
			r.ahead = r.ahead[1:]
			r.skipEmpty()
		}
	}
	if first, ok := r.peek(0); ok && r.delimiter == 0 {
		r.delimiter = guessDelimiter(first.text)
	}
	rec, err := r.next()
	switch {
	case errors.Is(err, io.EOF) || rec.empty:
		return nil, nil, errEmpty
	case err != nil:
		return nil, nil, err
	case rec.broken != "":
		return nil, nil, fmt.Errorf("the header in line %d cannot be read: %s", rec.line, rec.broken)
	}
	names := rec.fields
	for len(names) > 1 && blank(names[len(names)-1:]) {
		names = names[:len(names)-1]
	}
	for i, name := range names {
		names[i] = printable(name)
	}
	r.width = len(names)
	return r, names, nil
}

// skipEmpty passes over lines before the header that hold nothing but separators.
func (r *reader) skipEmpty() {
	for first, ok := r.peek(0); ok && strings.Trim(first.text, " \t,;|\"") == ""; first, ok = r.peek(0) {
		r.ahead = r.ahead[1:]
	}
}

// guessDelimiter finds what the header has most of, outside quotes.
func guessDelimiter(header string) byte {
	best, most := byte(','), 0
	for _, d := range delimiters {
		if fields, _ := split(header, d[0], lenient); len(fields) > most {
			best, most = d[0], len(fields)
		}
	}
	return best
}
