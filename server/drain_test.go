package server_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// blocked returns a field whose resolver waits for proceed.
func blocked() (fields resolvers, begun <-chan struct{}, proceed func()) {
	b, p := make(chan struct{}), make(chan struct{})
	return resolvers{"who": func(ctx context.Context, _ map[string]any) (any, error) {
		close(b)
		select {
		case <-p:
			return "finished", nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}, b, func() { close(p) }
}

// Load balancers poll /readyz, so requests arrive until the next poll.
func TestADrainingNodeAcceptsRequestsDuringDrainDelay(t *testing.T) {
	t.Parallel()
	r := serve(t, nil, func(c *config) { c.HTTP.Limits.DrainDelay = 6 * time.Second })

	r.stop()
	eventually(t, "the server drains", func() bool { return r.get(t, r.api+"/readyz").status == http.StatusServiceUnavailable })

	r.get(t, r.api+"/readyz").want(t, 503, "draining")
	r.get(t, r.api+"/livez").want(t, 200, "alive")
	(<-r.post(t)).want(t, 200, `{"data":{"who":"who"}}`)
	connection, err := dial(t, r.api)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(connection, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(connection); err != nil || !strings.Contains(string(got), "\r\nConnection: close\r\n") {
		t.Errorf("%v: the connection stays open: %s", err, got)
	}
	untilRefused(t, r.api)
	if err := r.ended(t); err != nil {
		t.Error(err)
	}
}

func TestDrainDelayIsAQuarterOfShutdownTimeoutAtMost(t *testing.T) {
	t.Parallel()
	r := serve(t, nil, func(c *config) { c.HTTP.Limits.DrainDelay, c.HTTP.Limits.ShutdownTimeout = time.Hour, 8*time.Second })

	r.stop()

	if err := r.ended(t); err != nil {
		t.Error(err)
	}
}

// A mutation whose connection is cut may have been committed, and the client would repeat it on another node.
func TestADrainingSocketAnswersItsOperationsFirst(t *testing.T) {
	t.Parallel()
	fields, begun, proceed := blocked()
	r := serve(t, fields)
	k := r.initialized(t)
	k.subscribe("a", "{ who }")
	<-begun

	r.stop()
	untilRefused(t, r.api)
	proceed()

	k.receives(`{"id":"a","type":"next","payload":{"data":{"who":"finished"}}}`, `{"id":"a","type":"complete"}`)
	k.closed(1012)
	if err := r.ended(t); err != nil {
		t.Error(err)
	}
}

func TestADrainingEventStreamAnswersItsOperation(t *testing.T) {
	t.Parallel()
	fields, begun, proceed := blocked()
	r := serve(t, fields)
	s := r.stream(t, "{ who }")
	<-begun

	r.stop()
	untilRefused(t, r.api)
	proceed()

	s.receives(`next {"data":{"who":"finished"}}`, "complete ")
	if err := r.ended(t); err != nil {
		t.Error(err)
	}
}

func TestADrainClosesSocketsOneAfterAnother(t *testing.T) {
	t.Parallel()
	ticks := newTicks()
	const grace, sockets = 8 * time.Second, 4
	r := serve(t, ticks.fields(), func(c *config) { c.HTTP.Limits.ShutdownTimeout = grace })
	closed := make(chan time.Duration, sockets)
	var stopped time.Time
	begin := make(chan struct{})
	for range sockets {
		k := r.initialized(t)
		k.subscribe("a", "subscription { ticks }")
		go func() {
			<-begin
			k.closed(1012)
			closed <- time.Since(stopped)
		}()
	}
	ticks.waitForSubscribers(t, sockets)
	stopped = time.Now()
	close(begin)

	r.stop()

	if err := r.ended(t); err != nil {
		t.Error(err)
	}
	if took := time.Since(stopped); took > grace {
		t.Errorf("the last socket was closed after %v", took)
	}
	for i := range sockets {
		if after, least := <-closed, grace*3/4*time.Duration(i)/sockets; after < least {
			t.Errorf("socket %d was closed after %v, want at least %v", i, after, least)
		}
	}
}

// A stream may end long after its last event. The response is complete, not cut.
func TestADrainEndsAnIdleEventStreamCleanly(t *testing.T) {
	t.Parallel()
	ticks := newTicks()
	r := serve(t, ticks.fields(), func(c *config) {
		c.HTTP.Limits.ShutdownTimeout, c.HTTP.Limits.WriteTimeout = 8*time.Second, time.Second
	})
	first, second := r.stream(t, "subscription { ticks }"), r.stream(t, "subscription { ticks }")
	ticks.waitForSubscribers(t, 2)

	r.stop() // one ends at once, the other after 3 s

	for _, s := range []*stream{first, second} {
		if err := s.ends(); err != nil {
			t.Error(err)
		}
	}
	if err := r.ended(t); err != nil {
		t.Error(err)
	}
}
