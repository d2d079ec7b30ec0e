package events

import (
	"context"
	"slices"
	"testing"

	"aisle/app/localpg/pgtest"
	"aisle/store"
)

// panickingWatcher panics at the first event.
type panickingWatcher struct{ hasPanicked bool }

func (*panickingWatcher) OnReset(store.Position) {}

func (c *panickingWatcher) OnEvents(batch []*Event) {
	if !c.hasPanicked && len(batch) > 0 {
		c.hasPanicked = true
		panic("first event")
	}
}

// The supervisor restarts a component that panicked, or when an operator asks for it.
func TestRestartedTailerLosesAndDuplicatesNothing(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool, func(c *Config) { c.Watchers = []Watcher{&panickingWatcher{}} })
	follow := func() (stop func(), ended <-chan any) {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan any, 1)
		go func() {
			defer func() { done <- recover() }()
			if err := l.RunTailer(ctx); err != nil {
				t.Error(err)
			}
		}()
		return cancel, done
	}
	stop, ended := follow()
	<-l.tailer.started
	s := subscribe(t, l, "", chainFilter())

	writeEvents(t, pool, north, sequence(1, 5)...)
	if panicked := <-ended; panicked != "first event" {
		t.Fatalf("it ended with %v", panicked)
	}
	stop()
	stop, ended = follow()
	got := readNumbers(t, s, 5)
	stop()
	<-ended
	writeEvents(t, pool, north, sequence(6, 9)...)
	stop, ended = follow()
	got = append(got, readNumbers(t, s, 4)...)

	if !slices.Equal(got, sequence(1, 9)) {
		t.Errorf("got %v", got)
	}
	expectNoMoreEvents(t, s)
	stop()
	<-ended
}
