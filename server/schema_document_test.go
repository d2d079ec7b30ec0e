package server_test

import (
	"net/http"
	"testing"
)

func TestSchemaIsPublicAndCached(t *testing.T) {
	t.Parallel()
	srv := newTestServer(t, nil, func(c *config) {
		c.HTTP.Schema = func() string { return "type Query {\n  \"A greeting.\"\n  hello: String\n}\n" }
	})

	first := srv.do(request{method: "GET", path: "/schema.graphql"})
	again := srv.do(request{method: "GET", path: "/schema.graphql", header: map[string]string{"If-None-Match": first.header.Get("ETag")}})
	other := srv.do(request{method: "GET", path: "/schema.graphql", header: map[string]string{"If-None-Match": `"another"`}})

	if first.status != http.StatusOK || first.body != "type Query {\n  \"A greeting.\"\n  hello: String\n}\n" || other.body != first.body {
		t.Errorf("got %d %s, then %s", first.status, first.body, other.body)
	}
	if again.status != http.StatusNotModified || again.body != "" {
		t.Errorf("with its ETag: %d %s", again.status, again.body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/graphql; charset=utf-8", "Cache-Control": "public, max-age=300",
		"ETag": `"2k1tzUP0X5ZrQLaZM2guFA58SHrDdIW5O3nyoLlO6og"`,
	} {
		if got := first.header.Get(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if got := srv.do(request{method: "POST", path: "/schema.graphql"}); got.status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got.status)
	}
}
