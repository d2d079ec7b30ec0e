package events

import (
	"context"
	"slices"
	"testing"

	"aisle/app/localpg/pgtest"
	"aisle/store"
)

// clumsy is a watcher that panics the first time that something happens.
type clumsy struct{ panicked bool }

func (*clumsy) OnReset(store.Position) {}

func (c *clumsy) OnEvents(batch []*Event) {
	if !c.panicked && len(batch) > 0 {
		c.panicked = true
		panic("clumsy")
	}
}

// A supervisor starts again what panicked, or what somebody wants to be restarted.
func TestFollowingTheLogAgainLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool, func(c *Config) { c.Watchers = []Watcher{&clumsy{}} })
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
	<-l.started
	s := subscribe(t, l, "", system())

	write(t, pool, north, count(1, 5)...)
	if panicked := <-ended; panicked != "clumsy" {
		t.Fatalf("it ended with %v", panicked)
	}
	stop()
	stop, ended = follow()
	got := numbers(t, s, 5)
	stop()
	<-ended
	write(t, pool, north, count(6, 9)...)
	stop, ended = follow()
	got = append(got, numbers(t, s, 4)...)

	if !slices.Equal(got, count(1, 9)) {
		t.Errorf("got %v", got)
	}
	silent(t, s)
	stop()
	<-ended
}
