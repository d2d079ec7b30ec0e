package importer

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read reads a whole file. Rows that begin with a digit are valid.
func read(t *testing.T, file, delimiter string) (names []string, records []record) {
	t.Helper()
	separator, err := parseDelimiter(delimiter)
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLineReader(strings.NewReader(file), "auto")
	if err != nil {
		t.Fatal(err)
	}
	r, names, err := readHeader(l, separator)
	if err != nil {
		t.Fatal(err)
	}
	r.isValidRow = func(fields []string) bool { return strings.Trim(fields[0], "0123456789") == "" }
	for {
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			return names, records
		}
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, rec)
	}
}

func TestReadRows(t *testing.T) {
	t.Parallel()
	const unbalanced = `A quote (") is not closed or misplaced: double a quote inside a quoted field.`
	row := func(line int, fields ...string) record { return record{line: line, lines: 1, fields: fields} }
	invalid := func(line int, reason string, fields ...string) record {
		return record{line: line, lines: 1, fields: fields, splitErr: reason}
	}
	unclosed := func(line int) record { return invalid(line, unbalanced, "1", `"x`) }
	empty := func(line int) record { return record{line: line, lines: 1, empty: true} }
	long := func(line, lines int, fields ...string) record {
		return record{line: line, lines: lines, fields: fields}
	}
	for name, test := range map[string]struct {
		file string
		want []record
	}{
		"LF":                       {"a,b\n1,x\n2,y\n", []record{row(2, "1", "x"), row(3, "2", "y")}},
		"CRLF":                     {"a,b\r\n1,x\r\n2,y\r\n", []record{row(2, "1", "x"), row(3, "2", "y")}},
		"CR":                       {"a,b\r1,x\r2,y\r", []record{row(2, "1", "x"), row(3, "2", "y")}},
		"no end at the end":        {"a,b\n1,x", []record{row(2, "1", "x")}},
		"byte order mark":          {"\ufeffa,b\n1,x", []record{row(2, "1", "x")}},
		"UTF-16":                   {"\xff\xfea\x00,\x00b\x00\n\x001\x00,\x00\xe9\x00", []record{row(2, "1", "é")}},
		"UTF-16 without a mark":    {"a\x00,\x00b\x00\n\x001\x00,\x00\xe9\x00", []record{row(2, "1", "é")}},
		"UTF-16 the other way":     {"\xfe\xff\x00a\x00,\x00b\x00\n\x001\x00,\x00x", []record{row(2, "1", "x")}},
		"empty lines":              {"a,b\n\n1,x\n , \n,\n2,y\n", []record{empty(2), row(3, "1", "x"), empty(4), empty(5), row(6, "2", "y")}},
		"empty lines first":        {"\n\na,b\n1,x\n", []record{row(4, "1", "x")}},
		"quoted":                   {"a,b\n1,\"x, \"\"y\"\"\"\n", []record{row(2, "1", `x, "y"`)}},
		"quote in an unquoted":     {"a,b\n1,5\" pan\n2,y\n", []record{row(2, "1", `5" pan`), row(3, "2", "y")}},
		"quotes not doubled":       {"a,b\n1,\"The \"best\" milk\"\n", []record{row(2, "1", `The "best" milk`)}},
		"quoted beginning":         {"a,b,c\n1,\"Mam\" Muffin,\"x, y\"\n", []record{row(2, "1", `"Mam" Muffin`, "x, y")}},
		"space before a quote":     {"a,b\n1, \"x, y\"\n", []record{row(2, "1", "x, y")}},
		"over lines":               {"a,b\n1,\"x\r\n\r\ny\"\r\n2,z\n", []record{long(2, 3, "1", "x\n\ny"), row(5, "2", "z")}},
		"over lines with a comma":  {"a,b\n1,\"x\ny, z\"\n2,z\n", []record{long(2, 2, "1", "x\ny, z"), row(4, "2", "z")}},
		"quote never closed":       {"a,b\n1,\"x\n2,y\n3,z\n", []record{unclosed(2), row(3, "2", "y"), row(4, "3", "z")}},
		"quote closed much later":  {"a,b\n1,\"x\n2,y\n3,\"z\"\n", []record{unclosed(2), row(3, "2", "y"), row(4, "3", "z")}},
		"quote closed by mistake":  {"a,b\n1,\"x\n2,y\n3,z\"\n", []record{unclosed(2), row(3, "2", "y"), row(4, "3", `z"`)}},
		"quote never closed, last": {"a,b\n1,\"x", []record{unclosed(2)}},
		"quote before text":        {"a,b\n1,\"\"x,y\n2,z\n", []record{invalid(2, unbalanced, "1", `""x`, "y"), row(3, "2", "z")}},
		"too few fields":           {"a,b\n1\n2,y\n", []record{invalid(2, "The row has 1 field, but the header has 2.", "1"), row(3, "2", "y")}},
		"too many fields":          {"a,b\n1,x,y\n", []record{invalid(2, "The row has 3 fields, but the header has 2.", "1", "x", "y")}},
		"too many empty fields":    {"a,b\n1,x,, ,\n", []record{row(2, "1", "x")}},
		"semicolons":               {"a;b\n1;x,y\n", []record{row(2, "1", "x,y")}},
		"tabs":                     {"a\tb\n1\tx,y\n", []record{row(2, "1", "x,y")}},
		"bars":                     {"a|b\n1|x,y\n", []record{row(2, "1", "x,y")}},
		"a spreadsheet's hint":     {"sep=;\na;b\n1;x\n", []record{row(3, "1", "x")}},
		"one column":               {"a\n1\n2\n", []record{row(2, "1"), row(3, "2")}},
		"header over lines":        {"a,\"b\nc\"\n1,x\n", []record{row(3, "1", "x")}},
		"header with empty ends":   {"a,b,,\n1,x,,\n", []record{row(2, "1", "x")}},
		"header alone":             {"a,b\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := read(t, test.file, "auto")
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(record{})); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadLongLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3*maxLineLen)
	_, got := read(t, "a,b\n1,"+long+"\n2,y\n", "auto")
	if len(got) != 2 || got[0].splitErr == "" || len(got[0].fields[0]) > maxRecordLen || got[1].splitErr != "" {
		t.Errorf("a line of %d bytes was not rejected on its own", len(long))
	}
}

func TestFilesThatAreNotCSVAreRejected(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"":               errEmpty.Error(),
		"\n \n\r\n":      errEmpty.Error(),
		"\ufeff":         errEmpty.Error(),
		"sep=;\n":        errEmpty.Error(),
		"PK\x03\x04xlsx": "the file is a spreadsheet (.xlsx, .ods) or another zip archive, not CSV: save it as CSV first",
		"\x1f\x8bgzip":   "the file is compressed (gzip), not CSV: save it as CSV first",
		"a,\"b\n1,x\n2,y\n": "invalid header in line 1: " +
			`A quote (") is not closed or misplaced: double a quote inside a quoted field.`,
	} {
		l, err := newLineReader(strings.NewReader(file), "auto")
		if err == nil {
			_, _, err = readHeader(l, 0)
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: got the error %v, want %s", file, err, want)
		}
	}
}

// FuzzReadRow checks that each line of a file is in exactly one record, and that a record has as many fields as the header or
// an error.
func FuzzReadRow(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,x\n", "a;b\r\n1;\"x\r\ny\"\r\n", "a,b\n1,\"x\n2,\"y\n\"", "a\tb\r1\t\"\"x\r\r", "sep=|\na|b\n1|2|3", "\xff\xfea\x00\n\x00",
		"a,b\n\"\"\"\n\"1\" ,\"x\"\"\n", "a,b\n1,\x00\xff\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		l, err := newLineReader(strings.NewReader(file), "auto")
		if err != nil {
			return
		}
		r, names, err := readHeader(l, 0)
		if err != nil {
			return
		}
		r.isValidRow = func(fields []string) bool { return len(fields[0])%2 == 1 }
		next := 0
		for {
			rec, err := r.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if next != 0 && rec.line != next {
				t.Fatalf("a record begins in line %d, but the previous one ends before line %d", rec.line, next)
			}
			next = rec.line + rec.lines
			if !rec.empty && rec.splitErr == "" && len(rec.fields) != len(names) {
				t.Fatalf("line %d has %d fields, the header %d", rec.line, len(rec.fields), len(names))
			}
		}
		if next != 0 && next != l.number+1 {
			t.Fatalf("the records end before line %d, but the file has %d", next, l.number)
		}
	})
}
