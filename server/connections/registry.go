package connections

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"aisle/gateway/apierror"
)

// A Registry holds the open connections. It is safe for concurrent use.
type Registry struct {
	limit int

	mu       sync.Mutex
	open     map[*connection]struct{}
	draining bool
	removed  chan struct{} // holds an element when a connection was removed since the last receive
}

type connection struct{ end func() }

// NewRegistry returns a Registry of at most limit connections.
func NewRegistry(limit int) *Registry {
	return &Registry{limit: limit, open: map[*connection]struct{}{}, removed: make(chan struct{}, 1)}
}

// Accept lets connections stay, also after a drain.
func (r *Registry) Accept() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.draining = false
}

// Add registers a connection until remove is called. A drain calls end, which must not block. During a drain Add calls end at once:
// the client then connects elsewhere, whereas an error would look like a failure. Add returns a LIMIT_EXCEEDED error when there are
// too many connections.
func (r *Registry) Add(end func()) (remove func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.open); n >= r.limit {
		return nil, apierror.New(apierror.CodeLimit, "This server has %d connections open, the limit: try again later.", n)
	}
	c := &connection{end}
	r.open[c] = struct{}{}
	if r.draining {
		end()
	}
	return func() { r.remove(c) }, nil
}

func (r *Registry) remove(c *connection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, c)
	select {
	case r.removed <- struct{}{}:
	default:
	}
}

// Drain ends all connections, evenly spread over a time, so that their clients do not come to the other nodes all at once. It waits
// until they are removed, or until ctx ends.
func (r *Registry) Drain(ctx context.Context, spread time.Duration) error {
	r.mu.Lock()
	r.draining = true
	all := slices.Collect(maps.Keys(r.open)) // in random order: no client is always the last
	r.mu.Unlock()
	begun := time.Now()
	for i, c := range all {
		turn, cancel := context.WithDeadline(ctx, begun.Add(spread*time.Duration(i)/time.Duration(len(all))))
		_ = r.wait(turn) // it returns early when no connection is left
		cancel()
		c.end()
	}
	return r.wait(ctx)
}

// wait returns when no connection is left, or the error of ctx.
func (r *Registry) wait(ctx context.Context) error {
	for r.Count() > 0 {
		select {
		case <-r.removed:
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // the caller says what it was doing
		}
	}
	return nil
}

// Count returns how many connections are open.
func (r *Registry) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.open)
}
