package server

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"sync"
)

// The sizes of a socket's buffers, in bytes: there are thousands of sockets, and most messages are small.
const (
	smallBuffer = 512
	writeBuffer = 1024
)

// corked is a connection whose writes can be held back and sent as one: a batch of events is one system call and not
// two for each of its frames.
type corked struct {
	net.Conn

	buffers *sync.Pool // of *[]byte

	mu   sync.Mutex
	held *[]byte // nil while nothing is held back
}

// mostHeld is how many bytes are held back before they are sent after all.
const mostHeld = 64 << 10

// Write writes, or holds back.
func (c *corked) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		return c.Conn.Write(p) //nolint:wrapcheck // a decorator adds nothing to say
	}
	*c.held = append(*c.held, p...)
	if len(*c.held) < mostHeld {
		return len(p), nil
	}
	return len(p), c.send()
}

// send sends what is held back. The caller has the lock.
func (c *corked) send() error {
	_, err := c.Conn.Write(*c.held)
	*c.held = (*c.held)[:0]
	return err //nolint:wrapcheck // a decorator adds nothing to say
}

// cork holds back what is written from now on.
func (c *corked) cork() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = c.buffers.Get().(*[]byte) //nolint:forcetypeassert,errcheck // the pool has nothing else
}

// uncork sends it.
func (c *corked) uncork() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.send()
	c.buffers.Put(c.held)
	c.held = nil
	return err
}

// corking makes the connection that is taken over from the HTTP server a corked one.
type corking struct {
	http.ResponseWriter

	out *corked
}

// Hijack takes the connection over.
func (c corking) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(c.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("take the connection over: %w", err)
	}
	c.out.Conn = conn
	return c.out, buffers, nil
}
