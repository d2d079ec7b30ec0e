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

// proxy stands before a server: clients find the server through it, wherever that is now, and lose it when it cuts them.
type proxy struct {
	listener net.Listener
	tasks    sync.WaitGroup
	done     chan struct{} // closed at the end
	hushed   atomic.Pointer[string]

	mu     sync.Mutex
	target string // host:port
	open   map[net.Conn]struct{}
	next   func() fate // nil for a proxy that cuts nothing
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

// leadTo makes new connections go elsewhere.
func (p *proxy) leadTo(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// fate is how many bytes come back through a connection, 0 for any number, and how long after them it is cut. Not at all
// long is also without a goodbye.
type fate struct {
	bytes int64
	agony time.Duration
}

// cut cuts new connections: next says how, one at a time.
func (p *proxy) cut(next func() fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = next
}

// atRandom cuts at random, often in the middle of a message.
func atRandom(seed uint64) func() fate {
	random := rand.New(rand.NewPCG(seed, 0))
	return func() fate {
		return fate{1 + random.Int64N(24<<10), max(0, time.Duration(random.IntN(200)-100)*time.Millisecond)}
	}
}

// cutSoFar is how many connections were cut.
func (p *proxy) cutSoFar() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}

// close closes all connections, and takes no more.
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
		p.tasks.Go(func() { p.pass(client) })
	}
}

// pass passes on what both sides say, until one of them ends or the connection is cut.
func (p *proxy) pass(client net.Conn) {
	p.enter(client)
	defer p.leave(client)
	target, fate := p.fate()
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), "tcp", target)
	if err != nil {
		return
	}
	p.enter(server)
	defer p.leave(server)
	var both sync.WaitGroup
	hangUp := func() { _, _ = client.Close(), server.Close() }
	back := &hearing{proxy: p, client: client}
	both.Go(func() {
		defer hangUp()
		_, _ = io.Copy(server, io.TeeReader(client, said{back}))
	})
	both.Go(func() {
		defer hangUp()
		if fate.bytes == 0 {
			_, _ = io.Copy(back, server)
		} else if n, _ := io.CopyN(back, server, fate.bytes); n == fate.bytes {
			p.wound(client, fate.agony)
		}
	})
	both.Wait()
}

// hearing is what comes back to a client, until it has said something that nothing may come back to.
type hearing struct {
	proxy  *proxy
	client net.Conn
	isDeaf atomic.Bool
}

func (h *hearing) Write(text []byte) (int, error) {
	if h.isDeaf.Load() {
		return len(text), nil
	}
	return h.client.Write(text)
}

// said is what the client says.
type said struct{ *hearing }

func (s said) Write(text []byte) (int, error) {
	if word := s.proxy.hushed.Load(); word != nil && bytes.Contains(text, []byte(*word)) {
		s.isDeaf.Store(true)
	}
	return len(text), nil
}

// hush lets nothing come back any more to a client that says a word.
func (p *proxy) hush(word string) { p.hushed.Store(&word) }

func (p *proxy) enter(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[conn] = struct{}{}
	select {
	case <-p.done:
		_ = conn.Close()
	default:
	}
}

// fate is where a connection goes, and what becomes of it.
func (p *proxy) fate() (target string, f fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next != nil {
		f = p.next()
	}
	return p.target, f
}

func (p *proxy) leave(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, conn)
	_ = conn.Close()
}

// wound lets the client take what came, and counts a cut. Without agony what is on its way is lost.
func (p *proxy) wound(client net.Conn, agony time.Duration) {
	if tcp, ok := client.(*net.TCPConn); ok && agony == 0 {
		_ = tcp.SetLinger(0)
	}
	select {
	case <-time.After(agony):
	case <-p.done:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cuts++
}

// seedVariable repeats a test that does things at random.
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
