package importer

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// delimiters are the delimiters that are detected, the more common ones first.
//
//nolint:gochecknoglobals // a list cannot be a constant
var delimiters = []string{",", ";", "\t", "|"}

const (
	maxRecordLen   = 1 << 16 // of a record of several lines, in bytes
	maxRecordLines = 200
)

// record is a row of the file: one line, or several if a quoted field contains line breaks.
type record struct {
	line     int      // number of the first line
	lines    int      // number of lines
	fields   []string // as many as the header has, unless splitErr is set
	splitErr string   // why the record could not be split; empty if it could
	empty    bool     // it has only delimiters and spaces
}

// reader splits a file into records. If a quote is not closed, only its line is rejected.
type reader struct {
	lines      *lineReader
	delimiter  byte
	width      int                        // number of fields in the header; 0 for any
	isValidRow func(fields []string) bool // reports whether the fields are a valid row; may be nil

	ahead []line // lines that were read but are not part of a record yet
	err   error  // of lines
}

// next reads a record. It returns io.EOF after the last one.
func (r *reader) next() (record, error) {
	first, ok := r.peek(0)
	if !ok {
		return record{}, r.err
	}
	rec := record{line: first.number, lines: 1}
	switch fields, end := split(first.text, r.delimiter, strict); {
	case first.isTruncated:
		rec.splitErr = fmt.Sprintf("The line is longer than %d bytes.", maxLineLen)
		rec.fields = []string{first.text[:maxRecordLen]}
	case end == complete && isBlank(fields):
		rec.empty = true
	case end == complete && r.hasWidth(&fields):
		rec.fields = fields
	default:
		rec.fields, rec.lines, rec.splitErr = r.splitLeniently(first, fields, end)
	}
	r.ahead = r.ahead[rec.lines:]
	return rec, nil
}

// peek returns the line n lines ahead.
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

// splitLeniently splits a line that is not a valid record: as the start of a multi-line record, or with lenient quotes.
func (r *reader) splitLeniently(first line, fields []string, end splitState) (got []string, lines int, splitErr string) {
	if end == unclosed {
		if got, lines := r.joinLines(first); got != nil {
			return got, lines, ""
		}
	}
	for _, dialect := range []dialect{lenient, literal} {
		if got, end := split(first.text, r.delimiter, dialect); end == complete && r.hasWidth(&got) {
			return got, 1, ""
		}
	}
	if end != complete {
		fields = strings.Split(first.text, string(r.delimiter))
		return fields, 1, `A quote (") is not closed or misplaced: double a quote inside a quoted field.`
	}
	return fields, 1, fmt.Sprintf("The row has %s, but the header has %d.", countNoun(len(fields), "field", "fields"), r.width)
}

// joinLines joins lines until a quoted field ends. It returns nil if the quote probably does not open a field: it is not
// closed, the number of fields is wrong, or one of the lines is a valid row on its own.
func (r *reader) joinLines(first line) (fields []string, lines int) {
	s := splitter{delimiter: r.delimiter}
	end := s.start(first.text)
	size := len(first.text)
	for n := 1; end == unclosed && n < maxRecordLines; n++ {
		l, ok := r.peek(n)
		if !ok {
			break
		}
		if size += len(l.text); size > maxRecordLen || r.isValidLine(l.text) {
			break
		}
		if end = s.resume(l.text); end == complete && r.hasWidth(&s.fields) {
			return s.fields, n + 1
		}
	}
	return nil, 0
}

func (r *reader) isValidLine(text string) bool {
	if r.isValidRow == nil {
		return false
	}
	fields, end := split(text, r.delimiter, strict)
	return end == complete && r.hasWidth(&fields) && r.isValidRow(fields)
}

// hasWidth reports whether there are as many fields as in the header. It cuts surplus empty fields off.
func (r *reader) hasWidth(fields *[]string) bool {
	if r.width == 0 {
		return true
	}
	if len(*fields) > r.width && isBlank((*fields)[r.width:]) {
		*fields = (*fields)[:r.width]
	}
	return len(*fields) == r.width
}

func isBlank(fields []string) bool {
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}

// errEmpty is returned for a file without a header.
var errEmpty = errors.New("the file is empty: its first line must name the columns")

// readHeader reads the names of the columns. It detects the delimiter if that is 0.
func readHeader(l *lineReader, delimiter byte) (*reader, []string, error) {
	r := &reader{lines: l, delimiter: delimiter}
	r.skipEmpty()
	if first, ok := r.peek(0); ok {
		if value, ok := strings.CutPrefix(first.text, "sep="); ok && slices.Contains(delimiters, value) { // written by Excel
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
	case rec.splitErr != "":
		return nil, nil, fmt.Errorf("invalid header in line %d: %s", rec.line, rec.splitErr)
	}
	names := rec.fields
	for len(names) > 1 && isBlank(names[len(names)-1:]) {
		names = names[:len(names)-1]
	}
	for i, name := range names {
		names[i] = replaceInvalid(name)
	}
	r.width = len(names)
	return r, names, nil
}

// skipEmpty skips lines before the header that have only delimiters and spaces.
func (r *reader) skipEmpty() {
	for first, ok := r.peek(0); ok && strings.Trim(first.text, " \t,;|\"") == ""; first, ok = r.peek(0) {
		r.ahead = r.ahead[1:]
	}
}

// guessDelimiter returns the delimiter that splits the header into the most fields.
func guessDelimiter(header string) byte {
	best, maxFields := byte(','), 0
	for _, d := range delimiters {
		if fields, _ := split(header, d[0], lenient); len(fields) > maxFields {
			best, maxFields = d[0], len(fields)
		}
	}
	return best
}
