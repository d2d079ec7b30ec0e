package graphqlws

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"sync"
)

// coalescingConn is a connection that can hold writes back and send them as one: a batch of events is one system call, not two for each
// frame.
type coalescingConn struct {
	net.Conn

	buffers *sync.Pool // of *[]byte

	mu   sync.Mutex
	held *[]byte // nil while writes go through
}

// maxHeld is the number of bytes from which held writes are sent before flush.
const maxHeld = 64 << 10

// Write writes, or holds back.
func (c *coalescingConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		return c.Conn.Write(p) //nolint:wrapcheck // a decorator adds nothing to say
	}
	*c.held = append(*c.held, p...)
	if len(*c.held) < maxHeld {
		return len(p), nil
	}
	return len(p), c.send()
}

// send sends what is held. The caller has the lock.
func (c *coalescingConn) send() error {
	_, err := c.Conn.Write(*c.held)
	*c.held = (*c.held)[:0]
	return err //nolint:wrapcheck // a decorator adds nothing to say
}

// hold holds back writes until flush.
func (c *coalescingConn) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = c.buffers.Get().(*[]byte) //nolint:forcetypeassert,errcheck // the pool has nothing else
}

// flush sends what is held.
func (c *coalescingConn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.send()
	c.buffers.Put(c.held)
	c.held = nil
	return err
}

// hijacker makes the connection that gorilla takes over a coalescingConn.
type hijacker struct {
	http.ResponseWriter

	out *coalescingConn
}

// Hijack takes over the connection.
func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("hijack the connection: %w", err)
	}
	h.out.Conn = conn
	return h.out, buffers, nil
}
