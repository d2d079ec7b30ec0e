package server_test

import (
	"sync"
	"testing"

	"aisle/auth"
)

// gate is who watches, and tells them that they are out.
type gate struct {
	mu   sync.Mutex
	outs map[int]func()
	n    int
}

func (g *gate) watching(c *config) {
	g.outs = map[int]func(){}
	c.Watch = func(v auth.Viewer, out func()) func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if v != associate {
			panic("somebody else is watched")
		}
		g.n++
		n := g.n
		g.outs[n] = out
		return func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			delete(g.outs, n)
		}
	}
}

func (g *gate) out() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, out := range g.outs {
		out()
		out() // which may be
	}
}

func (g *gate) watched(t *testing.T, n int) {
	t.Helper()
	eventually(t, "so many are watched", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.outs) == n
	})
}

func TestASocketEndsWhenItsViewerIsOut(t *testing.T) {
	ticks, gate := newTicks(), &gate{}
	k := serve(t, ticks.fields(), gate.watching).greeted(t)
	k.subscribe("a", "subscription { ticks }")
	ticks.follows(t, 1)

	gate.out()

	if reason := k.closed(4403); reason != auth.ErrInvalidToken.Error() {
		t.Errorf("closed with %q", reason)
	}
	ticks.follows(t, 0)
	gate.watched(t, 0)
}

func TestAnEventStreamEndsWhenItsViewerIsOutAndSaysSo(t *testing.T) {
	ticks, gate := newTicks(), &gate{}
	s := serve(t, ticks.fields(), gate.watching).stream(t, "subscription { ticks }")
	ticks.follows(t, 1)

	gate.out()

	s.receives(`next {"errors":[{"message":"`+auth.ErrInvalidToken.Error()+`","extensions":{"code":"UNAUTHENTICATED"}}]}`, "complete ")
	ticks.follows(t, 0)
	gate.watched(t, 0)
}

// Who has not signed in cannot be out.
func TestNobodyIsNotWatched(t *testing.T) {
	gate := &gate{}
	k := serve(t, nil, gate.watching).dial(t)
	k.send(`{"type":"connection_init"}`)
	k.receives(`{"type":"connection_ack"}`)
	gate.watched(t, 0)
}
