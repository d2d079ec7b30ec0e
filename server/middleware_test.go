package server_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAValidRequestIDOfTheClientIsUsed(t *testing.T) {
	srv := newTestServer(t, nil)
	for id, accepted := range map[string]bool{
		"a-b_c.D9":              true,
		strings.Repeat("a", 64): true,
		strings.Repeat("a", 65): false,
		"two words":             false,
		"a\"b":                  false,
		"é":                     false,
		"[a]":                   false,
		"":                      false,
	} {
		got := srv.do(request{header: map[string]string{"X-Request-ID": id}, body: `{"query":"{ who }"}`})

		used := got.header.Get("X-Request-ID")
		if (used == id) != accepted || used == "" {
			t.Errorf("%q: got %q", id, used)
		}
		if !strings.Contains(srv.log.String(), `"request_id":"`+used+`"`) {
			t.Errorf("%q is not in the log", used)
		}
	}
}

func TestLargeResponsesAreCompressed(t *testing.T) {
	long := strings.Repeat("long ", 1000)
	srv := newTestServer(t, resolvers{"who": func(context.Context, map[string]any) (any, error) { return long, nil }})
	const body = `{"query":"{ who }"}`

	plain := srv.do(request{body: body})
	small := srv.do(request{body: `{"query":"{ hello }"}`, header: map[string]string{"Accept-Encoding": "gzip"}})
	packed := srv.do(request{body: body, header: map[string]string{"Accept-Encoding": "gzip", "Accept": current}})

	if plain.header.Get("Content-Encoding") != "" || small.header.Get("Content-Encoding") != "" {
		t.Error("compressed without Accept-Encoding or below the minimum size")
	}
	if packed.header.Get("Content-Encoding") != "gzip" || packed.header.Get("Content-Type") != current+"; charset=utf-8" {
		t.Fatalf("%v", packed.header)
	}
	reader, err := gzip.NewReader(strings.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(reader)
	if err != nil || string(unpacked) != plain.body {
		t.Errorf("%v: %s", err, unpacked)
	}
	if diff := cmp.Diff([]string{"Accept-Encoding", "Accept"}, packed.header.Values("Vary")); diff != "" {
		t.Error(diff)
	}
}

func TestEveryResponseHasTheSecurityHeaders(t *testing.T) {
	srv := newTestServer(t, nil)
	for _, path := range []string{"/", "/graphql", "/livez", "/readyz", "/nothing"} {
		got := srv.do(request{method: "GET", path: path})

		for name, value := range map[string]string{
			"X-Content-Type-Options":  "nosniff",
			"X-Frame-Options":         "DENY",
			"Referrer-Policy":         "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got.header.Get(name) != value {
				t.Errorf("%s: %s is %q", path, name, got.header.Get(name))
			}
		}
	}
}

func TestAPanickingHandlerGets500WithAnErrorID(t *testing.T) {
	for name, begin := range map[string]func(http.ResponseWriter){
		"before":         func(http.ResponseWriter) {},
		"with a status":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
		"with some text": func(w http.ResponseWriter) { _, _ = w.Write([]byte("begun")) },
	} {
		t.Run(name, func(t *testing.T) {
			srv := newTestServer(t, nil, func(c *config) {
				c.HTTP.Page = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { begin(w); panic("secret") })
			})
			var aborted any
			var got reply
			func() {
				defer func() { aborted = recover() }()
				got = srv.do(request{method: "GET", path: "/graphiql"})
			}()

			id, _ := srv.log.line(t, "internal error")["error_id"].(string)
			if name == "before" {
				got.want(t, 500, "Something went wrong on our side. Quote error id "+id+" when you report it.")
				return
			}
			if err, ok := aborted.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				t.Errorf("a partial response was not cut: %v %v", aborted, got)
			}
		})
	}
}

func TestTheRootNamesTheEndpoints(t *testing.T) {
	srv := newTestServer(t, nil, func(c *config) {
		c.HTTP.Page = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("page " + r.URL.Path)) })
	})

	srv.do(request{method: "GET", path: "/"}).want(t, 200,
		"Aisle. The API is POST /graphql, its page is /graphiql, its schema /schema.graphql; /livez and /readyz tell its health.")
	srv.do(request{method: "GET", path: "/graphiql"}).want(t, 200, "page /graphiql")
	srv.do(request{method: "GET", path: "/graphiql/assets/x.js"}).want(t, 200, "page /graphiql/assets/x.js")
	srv.do(request{method: "GET", path: "/nothing"}).want(t, 404, "404 page not found")
}
