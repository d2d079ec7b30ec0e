package server_test

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"aisle/graph"
)

// ticks are the events of the subscription of that name: what is told comes to all who follow.
type ticks struct {
	mu          sync.Mutex
	list        []tick
	more        chan struct{} // closed when there are more
	subscribers int
}

type tick struct {
	number int
	text   string
}

// EventID is the tick's number.
func (t tick) EventID() string { return strconv.Itoa(t.number) }

func newTicks() *ticks { return &ticks{more: make(chan struct{})} }

// publish adds texts.
func (t *ticks) publish(texts ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, text := range texts {
		t.list = append(t.list, tick{len(t.list), text})
	}
	close(t.more)
	t.more = make(chan struct{})
}

// subscriberCount is how many follow now.
func (t *ticks) subscriberCount() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.subscribers
}

// waitForSubscribers waits until so many follow.
func (t *ticks) waitForSubscribers(tb testing.TB, n int) {
	tb.Helper()
	eventually(tb, strconv.Itoa(n)+" follow", func() bool { return t.subscriberCount() == n })
}

// fields are those of a schema that has the ticks.
func (t *ticks) fields() resolvers {
	return resolvers{"ticks": func(ctx context.Context, _ map[string]any) (any, error) {
		feed := graph.GetSubscriptionContext(ctx)
		if e, ok := feed.SourceEvent.(tick); ok {
			return e.text, nil
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.subscribers++
		feed.SourceStream = &tickSource{ticks: t, at: len(t.list)}
		return nil, nil
	}}
}

// tickSource is somebody's place among the ticks.
type tickSource struct {
	*ticks

	at int
}

// Next waits for ticks, and gives a few of them.
func (s *tickSource) Next(ctx context.Context) ([]graph.Event, error) {
	const most = 10
	for {
		s.mu.Lock()
		list, more := s.list[s.at:min(len(s.list), s.at+most)], s.more
		s.mu.Unlock()
		if len(list) > 0 {
			s.at += len(list)
			events := make([]graph.Event, len(list))
			for i, e := range list {
				events[i] = e
			}
			return events, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close ends it.
func (s *tickSource) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscribers--
}
