package responsecache

import (
	"context"
	"sync"
)

// inFlight are the fragments that are being made. A request that needs one of them waits for it: when an event changes a store,
// all who work there ask at once.
//
// It is no singleflight.Group: a fragment is only published when the whole response of the request that makes it turns out to have no
// errors, and a request that would not make the fragment can wait for one that does.
type inFlight struct {
	mu    sync.Mutex
	calls map[cacheKey]*call
}

// A call makes a fragment. Its results are set when done is closed.
type call struct {
	done        chan struct{}
	fragment    *cacheEntry // nil when others may not have what was made
	modules     []string    // that it was read from
	unshareable bool        // the fragment shows the identity of its viewer, whichever request makes it
}

func newInFlight() *inFlight { return &inFlight{calls: map[cacheKey]*call{}} }

// join returns the call that makes a fragment. The first request must complete it.
func (f *inFlight) join(key cacheKey) (_ *call, first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known := f.calls[key]; known != nil {
		return known, false
	}
	started := &call{done: make(chan struct{})}
	f.calls[key] = started
	return started, true
}

// getOrAwait returns the call of another request; nil without one.
func (f *inFlight) get(key cacheKey) *call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[key]
}

// complete releases the requests that wait.
func (f *inFlight) complete(key cacheKey, c *call) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.calls, key)
	close(c.done)
}

// wait reports whether the call was completed before ctx ended.
func (c *call) wait(ctx context.Context) bool {
	select {
	case <-c.done:
		return true
	case <-ctx.Done():
		return false
	}
}
