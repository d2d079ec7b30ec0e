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
	sniffLen   = 4096    // bytes from which the encoding is detected
	maxLineLen = 1 << 20 // in bytes; the rest of a longer line is dropped
)

// line is a line without its line ending.
type line struct {
	number      int // from 1
	text        string
	isTruncated bool // it was longer than maxLineLen
}

// lineReader reads a file line by line and decodes it to UTF-8. A line ends with LF, CRLF or CR.
type lineReader struct {
	in     *bufio.Reader
	number int
	buffer []byte
}

// input is an open file that counts the bytes read.
type input struct {
	*os.File

	bytesRead int64
	size      int64 // 0 if it is not a regular file
}

func (i *input) Read(p []byte) (int, error) {
	n, err := i.File.Read(p)
	i.bytesRead += int64(n)
	return n, err //nolint:wrapcheck // io.Reader's contract
}

func openInput(name string) (*input, error) {
	file, err := os.Open(name) //nolint:gosec // the user names the file
	if err != nil {
		return nil, fmt.Errorf("open the file: %w", err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a directory, not a CSV file", name)
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

// newDecoder returns the decoder of an encoding, or nil for UTF-8.
func newDecoder(encodingName string) (*encoding.Decoder, error) {
	switch encodingName {
	case utf8Name:
		return nil, nil //nolint:nilnil // UTF-8 needs no decoder
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
	return nil, fmt.Errorf("invalid --encoding %q: want one of %s", encodingName, encodingNames)
}

// newLineReader decodes a file. A byte order mark overrides the encoding that the user names: rejects files have one, and users
// import them with the flags of the original file.
func newLineReader(in io.Reader, encodingName string) (*lineReader, error) {
	buffered := bufio.NewReaderSize(in, sniffLen)
	start, err := buffered.Peek(sniffLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	if format := detectBinary(start); format != "" {
		return nil, fmt.Errorf("the file is %s, not CSV: save it as CSV first", format)
	}
	if guess, hasBOM := detectEncoding(start); hasBOM || encodingName == "" || encodingName == autoName {
		encodingName = guess
	}
	decoder, err := newDecoder(encodingName)
	if err != nil {
		return nil, err
	}
	var decoded io.Reader = buffered
	if decoder != nil {
		decoded = transform.NewReader(buffered, decoder)
	}
	l := &lineReader{in: bufio.NewReaderSize(decoded, 1<<16)}
	if bom, err := l.in.Peek(len(utf8BOM)); err == nil && string(bom) == utf8BOM {
		_, err = l.in.Discard(len(utf8BOM))
		return l, err //nolint:wrapcheck // it is buffered
	}
	return l, nil
}

const utf8BOM = "\ufeff"

// encodingNames are the accepted values of --encoding.
const encodingNames = "auto, utf-8, utf-16le, utf-16be, windows-1250, windows-1251, windows-1252, iso-8859-1, iso-8859-2, iso-8859-15"

// Names of encodings that detectEncoding returns.
const (
	autoName    = "auto"
	utf8Name    = "utf-8"
	utf16leName = "utf-16le"
	utf16beName = "utf-16be"
)

// detectBinary returns the format of well-known binary files, or an empty string.
func detectBinary(start []byte) string {
	for magic, format := range map[string]string{
		"PK\x03\x04": "a spreadsheet (.xlsx, .ods) or another zip archive", "\xd0\xcf\x11\xe0": "an old spreadsheet (.xls)",
		"\x1f\x8b": "compressed (gzip)", "%PDF": "a PDF",
	} {
		if bytes.HasPrefix(start, []byte(magic)) {
			return format
		}
	}
	return ""
}

// detectEncoding detects the encoding by the byte order mark or by the zero bytes of UTF-16.
func detectEncoding(start []byte) (encodingName string, hasBOM bool) {
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
	const divisor = 4 // more than a quarter of all bytes are zero: most of one half
	switch {
	case zeros[1] > len(start)/divisor && zeros[0] == 0:
		return utf16leName, false
	case zeros[0] > len(start)/divisor && zeros[1] == 0:
		return utf16beName, false
	}
	return utf8Name, false
}

// next reads a line. It returns io.EOF after the last one.
func (l *lineReader) next() (line, error) {
	l.buffer = l.buffer[:0]
	isTruncated, hasBegun := false, false
	for {
		b, err := l.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && hasBegun:
			return l.line(isTruncated), nil
		case errors.Is(err, io.EOF):
			return line{}, io.EOF
		case err != nil:
			return line{}, fmt.Errorf("read the file: %w", err)
		}
		hasBegun = true
		switch {
		case b == '\n':
			return l.line(isTruncated), nil
		case b == '\r':
			if following, err := l.in.Peek(1); err == nil && following[0] == '\n' {
				_, _ = l.in.Discard(1) // it was just peeked
			}
			return l.line(isTruncated), nil
		case len(l.buffer) == maxLineLen:
			isTruncated = true
		default:
			l.buffer = append(l.buffer, b)
		}
	}
}

func (l *lineReader) line(isTruncated bool) line {
	l.number++
	return line{l.number, string(l.buffer), isTruncated}
}
