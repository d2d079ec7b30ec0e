package server

import (
	"context"
	"net/http"
	"sync"
)

// streams are the open sockets and event streams: they outlive the requests that began them, so draining must end them.
type streams struct {
	most int

	mu       sync.Mutex
	open     map[*stream]struct{}
	draining bool
	empty    chan struct{} // closed when it is draining and the last one has left
}

// stream is one of them.
type stream struct{ end func() }

// errRestarts is told to who comes while the server drains.
var errRestarts = refuse(http.StatusServiceUnavailable, codeCanceled, "The server restarts: connect again.")

func newStreams(most int) *streams {
	return &streams{most: most, open: map[*stream]struct{}{}, empty: make(chan struct{})}
}

// begin lets streams in, also when they were drained before.
func (s *streams) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		s.draining, s.empty = false, make(chan struct{})
	}
}

// enter notes a stream: end, which must not wait, is called when the server drains. It refuses when it does
// already, and when it has too many.
func (s *streams) enter(end func()) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return nil, errRestarts
	}
	if n := len(s.open); n >= s.most {
		return nil, refuse(http.StatusServiceUnavailable, codeLimit, "This server has %d streams open, the limit: try again later.", n)
	}
	one := &stream{end}
	s.open[one] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, one)
		s.done()
	}, nil
}

// count is how many are open.
func (s *streams) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// done tells when the last has left. The caller has the lock.
func (s *streams) done() {
	if s.draining && len(s.open) == 0 {
		close(s.empty)
	}
}

// drain ends all streams, and waits until they have left or ctx ends.
func (s *streams) drain(ctx context.Context) error {
	s.mu.Lock()
	s.draining = true
	for one := range s.open {
		one.end()
	}
	s.done()
	empty := s.empty
	s.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // the caller says what was being done
	}
}
