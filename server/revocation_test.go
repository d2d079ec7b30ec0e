package server_test

import (
	"sync"
	"testing"

	"aisle/auth"
)

// A revoker records the watched sessions and revokes them.
type revoker struct {
	mu   sync.Mutex
	outs map[int]func()
	n    int
}

func (g *revoker) watching(c *config) {
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

func (g *revoker) out() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, out := range g.outs {
		out()
		out() // which may be
	}
}

func (g *revoker) watched(t *testing.T, n int) {
	t.Helper()
	eventually(t, "the sessions are watched", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.outs) == n
	})
}

func TestASocketEndsWhenItsTokenIsRevoked(t *testing.T) {
	ticks, revoker := newTicks(), &revoker{}
	k := serve(t, ticks.fields(), revoker.watching).initialized(t)
	k.subscribe("a", "subscription { ticks }")
	ticks.waitForSubscribers(t, 1)

	revoker.out()

	if reason := k.closed(4403); reason != auth.ErrInvalidToken.Error() {
		t.Errorf("closed with %q", reason)
	}
	ticks.waitForSubscribers(t, 0)
	revoker.watched(t, 0)
}

func TestAnEventStreamEndsWhenItsTokenIsRevoked(t *testing.T) {
	ticks, revoker := newTicks(), &revoker{}
	s := serve(t, ticks.fields(), revoker.watching).stream(t, "subscription { ticks }")
	ticks.waitForSubscribers(t, 1)

	revoker.out()

	s.receives(`next {"errors":[{"message":"`+auth.ErrInvalidToken.Error()+`","extensions":{"code":"UNAUTHENTICATED"}}]}`, "complete ")
	ticks.waitForSubscribers(t, 0)
	revoker.watched(t, 0)
}

// Anonymous viewers have no session to revoke.
func TestAnonymousViewersAreNotWatched(t *testing.T) {
	revoker := &revoker{}
	k := serve(t, nil, revoker.watching).dial(t)
	k.send(`{"type":"connection_init"}`)
	k.receives(`{"type":"connection_ack"}`)
	revoker.watched(t, 0)
}
