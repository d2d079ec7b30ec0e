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

func TestTheRequestIDIsTheClientsWhenItIsSane(t *testing.T) {
	edge := newEdge(t, nil)
	for id, kept := range map[string]bool{
		"a-b_c.D9":              true,
		strings.Repeat("a", 64): true,
		strings.Repeat("a", 65): false,
		"two words":             false,
		"a\"b":                  false,
		"é":                     false,
		"[a]":                   false,
		"":                      false,
	} {
		got := edge.do(request{header: map[string]string{"X-Request-ID": id}, body: `{"query":"{ who }"}`})

		answered := got.header.Get("X-Request-ID")
		if (answered == id) != kept || answered == "" {
			t.Errorf("%q: got %q", id, answered)
		}
		if !strings.Contains(edge.log.String(), `"request_id":"`+answered+`"`) {
			t.Errorf("%q is not in the log", answered)
		}
	}
}

func TestLargeAnswersAreCompressedForThoseWhoTakeIt(t *testing.T) {
	long := strings.Repeat("long ", 1000)
	edge := newEdge(t, resolvers{"who": func(context.Context, map[string]any) (any, error) { return long, nil }})
	const body = `{"query":"{ who }"}`

	plain := edge.do(request{body: body})
	small := edge.do(request{body: `{"query":"{ hello }"}`, header: map[string]string{"Accept-Encoding": "gzip"}})
	packed := edge.do(request{body: body, header: map[string]string{"Accept-Encoding": "gzip", "Accept": current}})

	if plain.header.Get("Content-Encoding") != "" || small.header.Get("Content-Encoding") != "" {
		t.Error("compressed without a wish or a need")
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

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	edge := newEdge(t, nil)
	for _, path := range []string{"/", "/graphql", "/livez", "/readyz", "/nothing"} {
		got := edge.do(request{method: "GET", path: path})

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

func TestAHandlerThatPanicsAnswers500WithAnID(t *testing.T) {
	for name, begin := range map[string]func(http.ResponseWriter){
		"before":         func(http.ResponseWriter) {},
		"with a status":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
		"with some text": func(w http.ResponseWriter) { _, _ = w.Write([]byte("begun")) },
	} {
		t.Run(name, func(t *testing.T) {
			edge := newEdge(t, nil, func(c *config) {
				c.HTTP.Page = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { begin(w); panic("secret") })
			})
			var aborted any
			var got answer
			func() {
				defer func() { aborted = recover() }()
				got = edge.do(request{method: "GET", path: "/graphiql"})
			}()

			id, _ := edge.log.line(t, "fault")["error_id"].(string)
			if name == "before" {
				got.want(t, 500, "Something went wrong on our side. Quote error id "+id+" when you report it.")
				return
			}
			if err, ok := aborted.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				t.Errorf("an answer that had begun was not cut: %v %v", aborted, got)
			}
		})
	}
}

func TestTheRootNamesWhatThereIs(t *testing.T) {
	edge := newEdge(t, nil, func(c *config) {
		c.HTTP.Page = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("page " + r.URL.Path)) })
	})

	edge.do(request{method: "GET", path: "/"}).want(t, 200,
		"Aisle. The API is POST /graphql, its page is /graphiql; /livez and /readyz tell its health.")
	edge.do(request{method: "GET", path: "/graphiql"}).want(t, 200, "page /graphiql")
	edge.do(request{method: "GET", path: "/graphiql/assets/x.js"}).want(t, 200, "page /graphiql/assets/x.js")
	edge.do(request{method: "GET", path: "/nothing"}).want(t, 404, "404 page not found")
}
