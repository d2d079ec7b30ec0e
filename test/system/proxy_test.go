package system_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A proxy forwards TCP connections to a server. The server can change, and the proxy can cut connections.
type proxy struct {
	listener net.Listener
	tasks    sync.WaitGroup
	done     chan struct{}          // closed by close
	blocked  atomic.Pointer[string] // see blockResponsesAfter; nil for none

	mu     sync.Mutex
	target string // host:port
	open   map[net.Conn]struct{}
	next   func() cutPlan // nil cuts nothing
	cuts   int
}

// newProxy starts a proxy that cuts nothing.
func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, target: target, open: map[net.Conn]struct{}{}, done: make(chan struct{})}
	p.tasks.Go(p.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		p.close()
		p.tasks.Wait()
	})
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }

// setTarget sets the server of new connections.
func (p *proxy) setTarget(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// A cutPlan says when a connection is cut: grace after the server has sent responseBytes. With 0 bytes it is never cut. Without
// grace it is reset (TCP RST).
type cutPlan struct {
	responseBytes int64
	grace         time.Duration
}

// setCuts makes the proxy cut new connections. It calls next for each of them, under a lock.
func (p *proxy) setCuts(next func() cutPlan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = next
}

// randomCuts returns a source of random plans, which often cut in the middle of a message.
func randomCuts(seed uint64) func() cutPlan {
	random := rand.New(rand.NewPCG(seed, 0))
	return func() cutPlan {
		return cutPlan{1 + random.Int64N(24<<10), max(0, time.Duration(random.IntN(200)-100)*time.Millisecond)}
	}
}

// cutCount returns how many connections were cut.
func (p *proxy) cutCount() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}

// close closes all connections and accepts no more.
func (p *proxy) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.done)
	for conn := range p.open {
		_ = conn.Close()
	}
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.tasks.Go(func() { p.forward(client) })
	}
}

// forward copies bytes in both directions until one side closes the connection or it is cut.
func (p *proxy) forward(client net.Conn) {
	p.addConnection(client)
	defer p.removeConnection(client)
	target, plan := p.nextConnection()
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), "tcp", target)
	if err != nil {
		return
	}
	p.addConnection(server)
	defer p.removeConnection(server)
	var both sync.WaitGroup
	closeBoth := func() { _, _ = client.Close(), server.Close() }
	responses := &responseWriter{proxy: p, client: client}
	both.Go(func() {
		defer closeBoth()
		_, _ = io.Copy(server, io.TeeReader(client, requestWriter{responses}))
	})
	both.Go(func() {
		defer closeBoth()
		if plan.responseBytes == 0 {
			_, _ = io.Copy(responses, server)
		} else if n, _ := io.CopyN(responses, server, plan.responseBytes); n == plan.responseBytes {
			p.cutAfterGrace(client, plan.grace)
		}
	})
	both.Wait()
}

// A responseWriter writes to the client until it is blocked. Then it discards.
type responseWriter struct {
	proxy     *proxy
	client    net.Conn
	isBlocked atomic.Bool
}

func (h *responseWriter) Write(text []byte) (int, error) {
	if h.isBlocked.Load() {
		return len(text), nil
	}
	return h.client.Write(text)
}

// A requestWriter reads what the client sends, and blocks its responses at the pattern of blockResponsesAfter.
type requestWriter struct{ *responseWriter }

func (s requestWriter) Write(text []byte) (int, error) {
	if pattern := s.proxy.blocked.Load(); pattern != nil && bytes.Contains(text, []byte(*pattern)) {
		s.isBlocked.Store(true)
	}
	return len(text), nil
}

// blockResponsesAfter makes the proxy discard all responses to a client that has sent the pattern.
func (p *proxy) blockResponsesAfter(pattern string) { p.blocked.Store(&pattern) }

func (p *proxy) addConnection(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[conn] = struct{}{}
	select {
	case <-p.done:
		_ = conn.Close()
	default:
	}
}

// nextConnection returns the target of a new connection and when to cut it.
func (p *proxy) nextConnection() (target string, f cutPlan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next != nil {
		f = p.next()
	}
	return p.target, f
}

func (p *proxy) removeConnection(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, conn)
	_ = conn.Close()
}

// cutAfterGrace waits for the grace and counts a cut. Without grace, bytes that the client has not read are lost.
func (p *proxy) cutAfterGrace(client net.Conn, grace time.Duration) {
	if tcp, ok := client.(*net.TCPConn); ok && grace == 0 {
		_ = tcp.SetLinger(0)
	}
	select {
	case <-time.After(grace):
	case <-p.done:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cuts++
}

// seedVariable names the variable that sets the random seed, to repeat a failed test.
const seedVariable = "AISLE_TEST_SEED"

func randomSeed(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", seedVariable, seed)
	return seed
}
