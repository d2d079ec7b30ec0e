package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"aisle/auth"
	"aisle/server"
)

func TestTheClientIsWhoItSaysAndWhereTrustedProxiesSay(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for name, c := range map[string]struct {
		peer    string
		forward []string
		trusted []netip.Prefix
		want    string
	}{
		"no proxy":                         {"192.0.2.7:9", nil, proxies, "192.0.2.7"},
		"nobody is trusted":                {"10.0.0.1:9", []string{"192.0.2.7"}, nil, "10.0.0.1"},
		"a client that says it is another": {"192.0.2.7:9", []string{"203.0.113.1"}, proxies, "192.0.2.7"},
		"a proxy":                          {"10.0.0.1:9", []string{"192.0.2.7"}, proxies, "192.0.2.7"},
		"a proxy behind a proxy":           {"10.0.0.1:9", []string{"192.0.2.7, 10.9.9.9"}, proxies, "192.0.2.7"},
		"several headers":                  {"10.0.0.1:9", []string{"192.0.2.7", "10.9.9.9"}, proxies, "192.0.2.7"},
		"what a client makes up before it": {"10.0.0.1:9", []string{"203.0.113.1, 192.0.2.7"}, proxies, "192.0.2.7"},
		"nonsense from a proxy":            {"10.0.0.1:9", []string{"unknown"}, proxies, "10.0.0.1"},
		"a proxy that says nothing":        {"10.0.0.1:9", nil, proxies, "10.0.0.1"},
		"IPv6":                             {"[2001:db8::1]:9", []string{"2001:db9::7"}, proxies, "2001:db9::7"},
		"IPv4 as IPv6":                     {"[::ffff:10.0.0.1]:9", []string{"::ffff:192.0.2.7"}, proxies, "192.0.2.7"},
	} {
		var seen auth.Client
		edge := newEdge(t, resolvers{"hello": func(ctx context.Context, _ map[string]any) (any, error) {
			seen = auth.ClientFrom(ctx)
			return "", nil
		}}, func(config *server.Config) { config.Proxies = c.trusted })
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(`{"query":"{ hello }"}`))
		request.RemoteAddr = c.peer
		request.Header["X-Forwarded-For"] = c.forward
		request.Header.Set("Content-Type", legacy)
		request.Header.Set("Authorization", "Bearer "+associateToken)
		request.Header.Set("Apollographql-Client-Name", "aisle-phone")
		request.Header.Set("Apollographql-Client-Version", "4.2")

		edge.Handler().ServeHTTP(httptest.NewRecorder(), request)

		if want := (auth.Client{Name: "aisle-phone", Version: "4.2", Address: netip.MustParseAddr(c.want)}); seen != want {
			t.Errorf("%s: %+v, want %+v", name, seen, want)
		}
	}
}

func TestWhoHasToWaitIsToldHowLong(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, resolvers{"signIn": func(context.Context, map[string]any) (any, error) {
		return nil, &auth.ThrottledError{Wait: 19500 * time.Millisecond}
	}})

	got := edge.run("", legacy, "mutation { signIn }")

	want := `{"errors":[{"message":"Too many passwords were wrong. Try again in 20 seconds.","path":["signIn"],` +
		`"locations":[{"line":1,"column":12}],"extensions":{"code":"RATE_LIMITED","retryAfter":20}}],"data":{"signIn":null}}`
	if strings.TrimSpace(got.body) != want || got.header.Get("Retry-After") != "20" {
		t.Errorf("got %s with Retry-After: %s", got.body, got.header.Get("Retry-After"))
	}
}
