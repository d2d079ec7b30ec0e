package server_test

import (
	"net/netip"
	"strings"
	"testing"
)

func TestOnlyTrustedProxiesSetTheClientAddress(t *testing.T) {
	proxies := func(c *config) {
		c.HTTP.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	}
	for name, c := range map[string]struct {
		from, forwarded string
		counted         string // the address whose quota the request counts for
	}{
		"an untrusted proxy":              {"198.51.100.1:1", "192.0.2.1", "198.51.100.1:9"},
		"a proxy's":                       {"10.0.0.1:1", "192.0.2.1", "192.0.2.1:9"},
		"a proxy's behind a proxy":        {"10.0.0.1:1", "192.0.2.1, 10.0.0.2", "192.0.2.1:9"},
		"what a client put before":        {"10.0.0.1:1", "203.0.113.9, 192.0.2.1", "192.0.2.1:9"},
		"a proxy's over IPv6":             {"[fd00::1]:1", "2001:db8::1", "[2001:db8::2]:9"},
		"a proxy's own":                   {"10.0.0.1:1", "", "10.0.0.1:9"},
		"nonsense":                        {"10.0.0.1:1", "192.0.2.1, you", "10.0.0.1:9"},
		"an IPv4 address in one of IPv6":  {"[::ffff:10.0.0.1]:1", "::ffff:192.0.2.1", "192.0.2.1:9"},
		"another address of the network":  {"[2001:db8::1]:1", "", "[2001:db8::ffff]:9"},
		"all proxies":                     {"10.0.0.1:1", "10.0.0.3, 10.0.0.2", "10.0.0.3:9"},
		"a client whose network has many": {"[2001:db8:0:1::1]:1", "", "[2001:db8:0:1:9::1]:9"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := newTestServer(t, nil, withRateLimits, proxies)
			header := map[string]string{}
			if c.forwarded != "" {
				header["X-Forwarded-For"] = c.forwarded
			}
			body := `{"query":"` + all + `"}`
			srv.do(request{from: c.from, header: header, body: body})

			same := srv.do(request{from: c.counted, body: body})
			other := srv.do(request{from: "203.0.113.77:1", body: body})

			if same.status != 429 || other.status != 200 {
				t.Errorf("%s got %d, and another address %d", c.counted, same.status, other.status)
			}
		})
	}
}

func TestXForwardedForIsIgnoredWithoutTrustedProxies(t *testing.T) {
	srv := newTestServer(t, nil, withRateLimits)
	body := `{"query":"` + all + `"}`
	srv.do(request{body: body})

	for _, invented := range []string{"192.0.2.1", "127.0.0.1", strings.Repeat("192.0.2.1,", 50)} {
		got := srv.do(request{header: map[string]string{"X-Forwarded-For": invented}, body: body})

		if got.status != 429 {
			t.Errorf("%.20s: %d", invented, got.status)
		}
	}
}
