package server_test

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"aisle/graph"
)

// ticks is the source of the subscription ticks. Each subscriber receives the texts that are published after it subscribed.
type ticks struct {
	mu          sync.Mutex
	list        []tick
	more        chan struct{} // closed by publish
	subscribers int
}

type tick struct {
	number int
	text   string
}

// EventID returns the number of the tick.
func (t tick) EventID() string { return strconv.Itoa(t.number) }

func newTicks() *ticks { return &ticks{more: make(chan struct{})} }

// publish sends texts to all subscribers.
func (t *ticks) publish(texts ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, text := range texts {
		t.list = append(t.list, tick{len(t.list), text})
	}
	close(t.more)
	t.more = make(chan struct{})
}

// subscriberCount returns the number of subscribers.
func (t *ticks) subscriberCount() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.subscribers
}

// waitForSubscribers waits until there are n subscribers.
func (t *ticks) waitForSubscribers(tb testing.TB, n int) {
	tb.Helper()
	eventually(tb, strconv.Itoa(n)+" subscribers", func() bool { return t.subscriberCount() == n })
}

// fields returns the resolver of ticks.
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

// A tickSource is the source stream of one subscriber.
type tickSource struct {
	*ticks

	at int
}

// Next waits for ticks and returns at most 10.
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

// Close removes the subscriber.
func (s *tickSource) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscribers--
}
