package server_test

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"

	"aisle/auth"
)

func TestManySubscriptionsAtOnceStartOneAfterAnother(t *testing.T) {
	const crowd, line = 100, 64
	var begun atomic.Int64
	open := make(chan struct{})
	ticks := newTicks()
	node := serve(t, ticks.fields(), func(c *config) {
		c.Prepare = func(ctx context.Context, _ auth.Viewer) (context.Context, error) {
			begun.Add(1)
			select {
			case <-open:
			case <-ctx.Done():
			}
			return ctx, nil
		}
	})
	k := node.initialized(t)
	for i := range crowd {
		k.subscribe(strconv.Itoa(i), "subscription { ticks }")
	}
	k.send(`{"type":"ping"}`)
	k.receives(`{"type":"pong"}`) // after the pong, all subscribe messages were read

	eventually(t, "the first subscriptions begin", func() bool { return begun.Load() >= line })
	if n := begun.Load(); n > line {
		t.Errorf("%d subscriptions begin concurrently, want %d", n, line)
	}
	close(open)
	ticks.waitForSubscribers(t, crowd)
}
