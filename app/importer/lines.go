package importer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	sniffed     = 4096    // bytes at the beginning that tell the encoding
	longestLine = 1 << 20 // bytes of a line that are kept; no row is that long
)

// line is one line as an editor shows it, without its end.
type line struct {
	number int // from 1
	text   string
	cut    bool // it is longer than longestLine, and the rest was thrown away
}

// lines reads a file line by line, in UTF-8, whatever it is written in. A line ends with LF, CRLF or CR.
type lines struct {
	in     *bufio.Reader
	number int
	buffer []byte
}

// input is an open file that counts the bytes read.
type input struct {
	*os.File

	read int64
	size int64 // 0 when it is no regular file
}

func (i *input) Read(p []byte) (int, error) {
	n, err := i.File.Read(p)
	i.read += int64(n)
	return n, err //nolint:wrapcheck // io.Reader's contract
}

func openInput(name string) (*input, error) {
	file, err := os.Open(name) //nolint:gosec // the user says which
	if err != nil {
		return nil, fmt.Errorf("open the file: %w", err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder, and a CSV file is needed", name)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	in := &input{File: file}
	if info.Mode().IsRegular() {
		in.size = info.Size()
	}
	return in, nil
}

// decoderOf answers what makes UTF-8 of an encoding; nil for UTF-8 itself.
func decoderOf(encodingName string) (*encoding.Decoder, error) {
	switch encodingName {
	case utf8Name:
		return nil, nil //nolint:nilnil // there is nothing to do
	case utf16leName:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder(), nil
	case utf16beName:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder(), nil
	case "windows-1250":
		return charmap.Windows1250.NewDecoder(), nil
	case "windows-1251":
		return charmap.Windows1251.NewDecoder(), nil
	case "windows-1252":
		return charmap.Windows1252.NewDecoder(), nil
	case "iso-8859-1":
		return charmap.ISO8859_1.NewDecoder(), nil
	case "iso-8859-2":
		return charmap.ISO8859_2.NewDecoder(), nil
	case "iso-8859-15":
		return charmap.ISO8859_15.NewDecoder(), nil
	}
	return nil, fmt.Errorf("--encoding %s is none of %s", encodingName, encodingNames)
}

// newLines decodes a file. A byte order mark at its beginning counts more than the encoding that was asked for: rejects
// files begin with one, and are read with the flags of the file that they come from.
func newLines(in io.Reader, encodingName string) (*lines, error) {
	buffered := bufio.NewReaderSize(in, sniffed)
	start, err := buffered.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	if what := foreign(start); what != "" {
		return nil, fmt.Errorf("the file is %s, and a CSV file is needed: save it as CSV first", what)
	}
	if guess, marked := sniff(start); marked || encodingName == "" || encodingName == autoName {
		encodingName = guess
	}
	decoder, err := decoderOf(encodingName)
	if err != nil {
		return nil, err
	}
	var decoded io.Reader = buffered
	if decoder != nil {
		decoded = transform.NewReader(buffered, decoder)
	}
	l := &lines{in: bufio.NewReaderSize(decoded, 1<<16)}
	if bom, err := l.in.Peek(len(utf8BOM)); err == nil && string(bom) == utf8BOM {
		_, err = l.in.Discard(len(utf8BOM))
		return l, err //nolint:wrapcheck // it is buffered
	}
	return l, nil
}

const utf8BOM = "\ufeff"

// encodingNames are what a user can choose from.
const encodingNames = "auto, utf-8, utf-16le, utf-16be, windows-1250, windows-1251, windows-1252, iso-8859-1, iso-8859-2, iso-8859-15"

// Names of encodings that are more than a choice of the user's.
const (
	autoName    = "auto"
	utf8Name    = "utf-8"
	utf16leName = "utf-16le"
	utf16beName = "utf-16be"
)

// foreign names well-known kinds of files that are no text.
func foreign(start []byte) string {
	for magic, what := range map[string]string{
		"PK\x03\x04": "a spreadsheet (.xlsx, .ods) or another zip archive", "\xd0\xcf\x11\xe0": "an old spreadsheet (.xls)",
		"\x1f\x8b": "compressed (gzip)", "%PDF": "a PDF",
	} {
		if bytes.HasPrefix(start, []byte(magic)) {
			return what
		}
	}
	return ""
}

// sniff tells the encoding by the byte order mark, or where UTF-16 has its zero bytes.
func sniff(start []byte) (encodingName string, marked bool) {
	switch {
	case bytes.HasPrefix(start, []byte(utf8BOM)):
		return utf8Name, true
	case bytes.HasPrefix(start, []byte("\xff\xfe")):
		return utf16leName, true
	case bytes.HasPrefix(start, []byte("\xfe\xff")):
		return utf16beName, true
	}
	var zeros [2]int
	for i, b := range start {
		if b == 0 {
			zeros[i%2]++
		}
	}
	const most = 4 // a quarter of all bytes: most of one half
	switch {
	case zeros[1] > len(start)/most && zeros[0] == 0:
		return utf16leName, false
	case zeros[0] > len(start)/most && zeros[1] == 0:
		return utf16beName, false
	}
	return utf8Name, false
}

// next reads one line; io.EOF after the last one.
func (l *lines) next() (line, error) {
	l.buffer = l.buffer[:0]
	cut, begun := false, false
	for {
		b, err := l.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && begun:
			return l.line(cut), nil
		case errors.Is(err, io.EOF):
			return line{}, io.EOF
		case err != nil:
			return line{}, fmt.Errorf("read the file: %w", err)
		}
		begun = true
		switch {
		case b == '\n':
			return l.line(cut), nil
		case b == '\r':
			if follows, err := l.in.Peek(1); err == nil && follows[0] == '\n' {
				_, _ = l.in.Discard(1) // it was just seen
			}
			return l.line(cut), nil
		case len(l.buffer) == longestLine:
			cut = true
		default:
			l.buffer = append(l.buffer, b)
		}
	}
}

func (l *lines) line(cut bool) line {
	l.number++
	return line{l.number, string(l.buffer), cut}
}
