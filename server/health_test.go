package server_test

import (
	"context"
	"errors"
	"testing"
)

func TestOnlyReadyzChecksTheDatabase(t *testing.T) {
	srv := newTestServer(t, nil, func(c *config) {
		c.HTTP.Ready = func(context.Context) error { return errors.New("the password of the database is wrong") }
	})

	live, ready := srv.do(request{method: "GET", path: "/livez"}), srv.do(request{method: "GET", path: "/readyz"})

	live.want(t, 200, "alive")
	ready.want(t, 503, "not ready: the log says why")
	for _, got := range []reply{live, ready} {
		if got.header.Get("Cache-Control") != "no-store" || got.header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%v", got.header)
		}
	}
	if got := srv.log.line(t, "not ready")["error"]; got != "the password of the database is wrong" {
		t.Errorf("the log has %v", got)
	}
}

func TestReadyzWaitsOneSecondForTheDatabase(t *testing.T) {
	srv := newTestServer(t, nil, func(c *config) {
		c.HTTP.Ready = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	})

	srv.do(request{method: "GET", path: "/readyz"}).want(t, 503, "not ready: the log says why")
}

func TestHealthEndpointsAcceptGETOnly(t *testing.T) {
	srv := newTestServer(t, nil)

	got := srv.do(request{method: "POST", path: "/livez"})

	if got.status != 405 || got.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("%d Allow: %q", got.status, got.header.Get("Allow"))
	}
}
