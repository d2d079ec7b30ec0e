package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"aisle/bench/harness"
)

// httpConn is a connection with one request at a time. It implements only the part of HTTP/1.1 that the measured servers
// use, because CPU time spent here is taken from them.
type httpConn struct {
	conn net.Conn
	in   *bufio.Reader
	body []byte
}

// response is a response. It is valid until the next roundTrip.
type response struct {
	status int
	etag   string
	body   []byte
}

var errMalformedResponse = errors.New("malformed HTTP response")

// dial opens a connection.
func dial(ctx context.Context, addr string) (*httpConn, error) {
	const large = 64 << 10 // most responses fit
	conn, err := (&net.Dialer{Timeout: harness.WaitTimeout}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("connect to the server: %w", err)
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(harness.WaitTimeout)
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, fmt.Errorf("set the deadline: %w", err)
	}
	return &httpConn{conn: conn, in: bufio.NewReaderSize(conn, large)}, nil
}

func (l *httpConn) close() { _ = l.conn.Close() }

// roundTrip sends a request and reads its response.
func (l *httpConn) roundTrip(request []byte) (a response, err error) {
	if _, err := l.conn.Write(request); err != nil {
		return a, fmt.Errorf("send a request: %w", err)
	}
	a.status, err = l.readStatus()
	if err != nil {
		return a, err
	}
	length, chunked := 0, false
	for {
		line, err := l.readLine()
		if err != nil {
			return a, err
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return a, errMalformedResponse
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		case bytes.EqualFold(name, []byte("ETag")):
			a.etag = string(value)
		}
	}
	l.body = l.body[:0]
	if chunked {
		err = l.readChunks()
	} else {
		err = l.readBody(length)
	}
	a.body = l.body
	return a, err
}

// readStatus reads the status line.
func (l *httpConn) readStatus() (int, error) {
	line, err := l.readLine()
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(line, []byte(" "))
	code, _, _ := bytes.Cut(rest, []byte(" "))
	status, err := strconv.Atoi(string(code))
	if err != nil {
		return 0, errMalformedResponse
	}
	return status, nil
}

// readLine reads a line without its line ending.
func (l *httpConn) readLine() ([]byte, error) {
	line, err := l.in.ReadSlice('\n')
	if err != nil {
		return nil, fmt.Errorf("read a response: %w", err)
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// readBody reads length bytes of the body.
func (l *httpConn) readBody(length int) error {
	before := len(l.body)
	if need := before + length; cap(l.body) < need {
		l.body = append(make([]byte, 0, 2*need), l.body...) //nolint:mnd // room to grow
	}
	l.body = l.body[:before+length]
	if _, err := io.ReadFull(l.in, l.body[before:]); err != nil {
		return fmt.Errorf("read a response: %w", err)
	}
	return nil
}

// readChunks reads a chunked body to its end.
func (l *httpConn) readChunks() error {
	const hexadecimal, bits = 16, 31
	for {
		line, err := l.readLine()
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(line), hexadecimal, bits)
		if err != nil {
			return errMalformedResponse
		}
		if err := l.readBody(int(size)); err != nil {
			return err
		}
		if _, err := l.readLine(); err != nil || size == 0 {
			return err
		}
	}
}
