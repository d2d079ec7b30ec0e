package server_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"aisle/auth"
)

func TestResolversGetTheClientsNameAndAddress(t *testing.T) {
	t.Parallel()
	var seen auth.Client
	srv := newTestServer(t, resolvers{"hello": func(ctx context.Context, _ map[string]any) (any, error) {
		seen = auth.ClientFromContext(ctx)
		return "", nil
	}}, func(c *config) { c.HTTP.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })

	srv.do(request{from: "10.0.0.1:9", body: `{"query":"{ hello }"}`, header: map[string]string{
		"X-Forwarded-For": "192.0.2.7", "Apollographql-Client-Name": "aisle-phone", "Apollographql-Client-Version": "4.2",
	}})

	want := auth.Client{Name: "aisle-phone", Version: "4.2", Address: netip.MustParseAddr("192.0.2.7")}
	if seen != want {
		t.Errorf("got %+v, want %+v", seen, want)
	}
}

func TestAThrottledRequestHasRetryAfter(t *testing.T) {
	t.Parallel()
	srv := newTestServer(t, resolvers{"signIn": func(context.Context, map[string]any) (any, error) {
		return nil, &auth.ThrottledError{Wait: 19500 * time.Millisecond}
	}})

	got := srv.run("", legacy, "mutation { signIn }")

	want := `{"errors":[{"message":"Too many passwords were wrong. Try again in 20 seconds.","path":["signIn"],` +
		`"locations":[{"line":1,"column":12}],"extensions":{"code":"RATE_LIMITED","retryAfter":20}}],"data":{"signIn":null}}`
	if strings.TrimSpace(got.body) != want || got.header.Get("Retry-After") != "20" {
		t.Errorf("got %s with Retry-After: %s", got.body, got.header.Get("Retry-After"))
	}
}
