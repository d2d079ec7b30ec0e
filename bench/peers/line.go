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

	"aisle/bench/stage"
)

// line is a connection to a server, with one request on it at a time. It knows no more of HTTP/1.1 than the servers that are
// measured need: what is spent here is taken from them.
type line struct {
	conn net.Conn
	in   *bufio.Reader
	body []byte
}

// answer is what came; its parts are good until the next one comes.
type answer struct {
	status int
	etag   string
	body   []byte
}

var errAnswer = errors.New("the answer is no HTTP that this program reads")

// dial opens a connection.
func dial(ctx context.Context, addr string) (*line, error) {
	const large = 64 << 10 // most answers fit
	conn, err := (&net.Dialer{Timeout: stage.Patience}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("reach the server: %w", err)
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(stage.Patience)
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, fmt.Errorf("bound the wait for a server: %w", err)
	}
	return &line{conn: conn, in: bufio.NewReaderSize(conn, large)}, nil
}

func (l *line) close() { _ = l.conn.Close() }

// exchange sends a request and reads its answer.
func (l *line) exchange(request []byte) (a answer, err error) {
	if _, err := l.conn.Write(request); err != nil {
		return a, fmt.Errorf("send a request: %w", err)
	}
	a.status, err = l.status()
	if err != nil {
		return a, err
	}
	length, chunked := 0, false
	for {
		head, err := l.header()
		if err != nil {
			return a, err
		}
		if len(head) == 0 {
			break
		}
		name, value, _ := bytes.Cut(head, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return a, errAnswer
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		case bytes.EqualFold(name, []byte("ETag")):
			a.etag = string(value)
		}
	}
	l.body = l.body[:0]
	if chunked {
		err = l.chunks()
	} else {
		err = l.take(length)
	}
	a.body = l.body
	return a, err
}

// status reads the first line.
func (l *line) status() (int, error) {
	head, err := l.header()
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(head, []byte(" "))
	code, _, _ := bytes.Cut(rest, []byte(" "))
	status, err := strconv.Atoi(string(code))
	if err != nil {
		return 0, errAnswer
	}
	return status, nil
}

// header reads a line without its end.
func (l *line) header() ([]byte, error) {
	head, err := l.in.ReadSlice('\n')
	if err != nil {
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	return bytes.TrimRight(head, "\r\n"), nil
}

// take reads so much of the body.
func (l *line) take(length int) error {
	before := len(l.body)
	if need := before + length; cap(l.body) < need {
		l.body = append(make([]byte, 0, 2*need), l.body...) //nolint:mnd // room to grow
	}
	l.body = l.body[:before+length]
	if _, err := io.ReadFull(l.in, l.body[before:]); err != nil {
		return fmt.Errorf("read an answer: %w", err)
	}
	return nil
}

// chunks reads a body that comes in chunks, to its end.
func (l *line) chunks() error {
	const hexadecimal, bits = 16, 31
	for {
		head, err := l.header()
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(head), hexadecimal, bits)
		if err != nil {
			return errAnswer
		}
		if err := l.take(int(size)); err != nil {
			return err
		}
		if _, err := l.header(); err != nil || size == 0 {
			return err
		}
	}
}
