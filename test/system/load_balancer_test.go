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

// balancer is a proxy before nodes: it sends requests to those that say that they are ready, in turn, and none a second time.
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
	b.look(t.Context())
	b.Server = httptest.NewServer(&httputil.ReverseProxy{
		Transport: b.transport,
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(b.pick()) },
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if !errors.Is(err, context.Canceled) && t.Context().Err() == nil {
				t.Errorf("%s %s was sent to no avail: %v", r.Method, r.URL, err)
			}
			w.WriteHeader(http.StatusBadGateway)
		},
	})
	b.tasks.Go(func() { b.keepLooking(t.Context()) })
	t.Cleanup(func() {
		b.CloseClientConnections()
		b.Close()
		b.tasks.Wait()
		b.transport.CloseIdleConnections()
	})
	return b
}

// add adds a node, which gets requests once it is ready.
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

// pick is the node whose turn it is; the first one when none is ready.
func (b *balancer) pick() *url.URL {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ready) == 0 {
		return b.nodes[0]
	}
	b.turn++
	return b.ready[b.turn%len(b.ready)]
}

// keepLooking looks at the nodes ten times a second.
func (b *balancer) keepLooking(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			b.look(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// look asks all nodes whether they are ready.
func (b *balancer) look(ctx context.Context) {
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
	ctx, cancel := context.WithTimeout(ctx, time.Second)
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
