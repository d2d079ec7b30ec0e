package server

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// streams are the open sockets and event streams: they outlive the requests that began them, so draining must end them.
type streams struct {
	most int

	mu       sync.Mutex
	open     map[*stream]struct{}
	draining bool
	left     chan struct{} // has one when somebody has left since it was looked at
}

// stream is one of them.
type stream struct{ end func() }

func newStreams(most int) *streams {
	return &streams{most: most, open: map[*stream]struct{}{}, left: make(chan struct{}, 1)}
}

// begin lets streams stay, also when they were drained before.
func (s *streams) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = false
}

// enter notes a stream: end, which must not wait, is called when the server drains, and at once when it does already: being
// sent elsewhere is no failure, as being refused would be. It refuses when there are too many.
func (s *streams) enter(end func()) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.open); n >= s.most {
		return nil, refuse(http.StatusServiceUnavailable, codeLimit, "This server has %d streams open, the limit: try again later.", n)
	}
	one := &stream{end}
	s.open[one] = struct{}{}
	if s.draining {
		end()
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, one)
		select {
		case s.left <- struct{}{}:
		default:
		}
	}, nil
}

// drain ends all streams, one after the other over a time, so that their clients do not come to the other nodes all at
// once. It waits until they have left or ctx ends.
func (s *streams) drain(ctx context.Context, over time.Duration) error {
	s.mu.Lock()
	s.draining = true
	all := slices.Collect(maps.Keys(s.open)) // in no order: no client is always the last
	s.mu.Unlock()
	begun := time.Now()
	for i, one := range all {
		turn, cancel := context.WithDeadline(ctx, begun.Add(over*time.Duration(i)/time.Duration(len(all))))
		_ = s.empty(turn) // nothing is to be spread any more
		cancel()
		one.end()
	}
	return s.empty(ctx)
}

// empty waits until nobody is left; it is an error when ctx ends before.
func (s *streams) empty(ctx context.Context) error {
	for s.count() > 0 {
		select {
		case <-s.left:
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // the caller says what was being done
		}
	}
	return nil
}

// count is how many are open.
func (s *streams) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}
