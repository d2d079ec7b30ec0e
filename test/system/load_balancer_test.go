package system_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// A balancer is a round-robin reverse proxy for the ready nodes. It does not retry requests.
type balancer struct {
	*httptest.Server

	transport *http.Transport
	tasks     sync.WaitGroup

	mu    sync.Mutex
	nodes []*url.URL
	ready []*url.URL
	turn  int
}

func newBalancer(t *testing.T, nodes ...*serveProcess) *balancer {
	t.Helper()
	b := &balancer{transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	for _, node := range nodes {
		b.add(t, node)
	}
	b.checkReadiness(t.Context())
	b.Server = httptest.NewServer(&httputil.ReverseProxy{
		Transport: b.transport,
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(b.pick()) },
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if !errors.Is(err, context.Canceled) && t.Context().Err() == nil {
				t.Errorf("%s %s failed: %v", r.Method, r.URL, err)
			}
			w.WriteHeader(http.StatusBadGateway)
		},
	})
	b.tasks.Go(func() { b.pollReadiness(t.Context()) })
	t.Cleanup(func() {
		b.CloseClientConnections()
		b.Close()
		b.tasks.Wait()
		b.transport.CloseIdleConnections()
	})
	return b
}

// add adds a node, which gets requests when it is ready.
func (b *balancer) add(t *testing.T, node *serveProcess) {
	t.Helper()
	at, err := url.Parse(node.api)
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes = append(b.nodes, at)
}

// pick returns the next ready node, or the first node if none is ready.
func (b *balancer) pick() *url.URL {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ready) == 0 {
		return b.nodes[0]
	}
	b.turn++
	return b.ready[b.turn%len(b.ready)]
}

// pollReadiness checks the nodes ten times a second.
func (b *balancer) pollReadiness(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			b.checkReadiness(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// checkReadiness updates which nodes are ready.
func (b *balancer) checkReadiness(ctx context.Context) {
	b.mu.Lock()
	nodes := slices.Clone(b.nodes)
	b.mu.Unlock()
	var ready []*url.URL
	for _, node := range nodes {
		if b.isReady(ctx, node) {
			ready = append(ready, node)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready = ready
}

func (b *balancer) isReady(ctx context.Context, node *url.URL) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, node.JoinPath("/readyz").String(), http.NoBody)
	if err != nil {
		return false
	}
	response, err := b.transport.RoundTrip(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}
