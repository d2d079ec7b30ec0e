package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func builtPage() fstest.MapFS {
	return fstest.MapFS{
		".gitkeep":                    {},
		"index.html":                  {Data: []byte("<!doctype html>the page")},
		"icon.svg":                    {Data: []byte("<svg/>")},
		"assets/index-B-DX3Nzl.js":    {Data: []byte("start()")},
		"assets/index-D3A_NnuR.css":   {Data: []byte("body{}")},
		"assets/codicon-DCmgc-ay.ttf": {Data: []byte("font")},
	}
}

func get(t *testing.T, handler http.Handler, method, target string) *http.Response {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), method, target, nil))
	return recorder.Result()
}

func body(t *testing.T, response *http.Response) string {
	t.Helper()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestFilesHaveContentTypeAndCacheControl(t *testing.T) {
	t.Parallel()
	type served struct {
		Status      int
		Type, Cache string
	}
	const html = "text/html; charset=utf-8"
	tests := map[string]served{
		"/graphiql/":                            {http.StatusOK, html, "no-cache"},
		"/graphiql/?query=x":                    {http.StatusOK, html, "no-cache"},
		"/graphiql/index.html":                  {http.StatusOK, html, "no-cache"},
		"/graphiql/icon.svg":                    {http.StatusOK, "image/svg+xml", "no-cache"},
		"/graphiql/assets/index-B-DX3Nzl.js":    {http.StatusOK, "text/javascript; charset=utf-8", immutable},
		"/graphiql/assets/index-D3A_NnuR.css":   {http.StatusOK, "text/css; charset=utf-8", immutable},
		"/graphiql/assets/codicon-DCmgc-ay.ttf": {http.StatusOK, "font/ttf", immutable},
	}
	handler := newHandler(builtPage())
	for target, want := range tests {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			response := get(t, handler, http.MethodGet, target)
			got := served{response.StatusCode, response.Header.Get("Content-Type"), response.Header.Get("Cache-Control")}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("served differently (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOtherPathsAreNotFound(t *testing.T) {
	t.Parallel()
	handler := newHandler(builtPage())
	for _, target := range []string{
		"/graphiql/missing.js", "/graphiql/assets", "/graphiql/assets/", "/graphiql/.gitkeep",
		"/graphiql/../web.go", "/graphiql//index.html", "/other",
	} {
		response := get(t, handler, http.MethodGet, target)
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got status %d, want 404", target, response.StatusCode)
		}
		if cache := response.Header.Get("Cache-Control"); cache != "" {
			t.Errorf("%s: a missing file may be cached: %s", target, cache)
		}
	}
}

func TestPathWithoutSlashRedirects(t *testing.T) {
	t.Parallel()
	response := get(t, newHandler(builtPage()), http.MethodGet, "/graphiql")
	if response.StatusCode != http.StatusPermanentRedirect || response.Header.Get("Location") != Root {
		t.Errorf("got %d to %q, want 308 to %q", response.StatusCode, response.Header.Get("Location"), Root)
	}
}

func TestHeadHasNoBody(t *testing.T) {
	t.Parallel()
	response := get(t, newHandler(builtPage()), http.MethodHead, Root)
	if got := body(t, response); response.StatusCode != http.StatusOK || got != "" {
		t.Errorf("got %d with body %q, want 200 without", response.StatusCode, got)
	}
}

func TestOtherMethodsAreNotAllowed(t *testing.T) {
	t.Parallel()
	response := get(t, newHandler(builtPage()), http.MethodPost, Root)
	if response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("got %d, Allow %q", response.StatusCode, response.Header.Get("Allow"))
	}
}

func TestEveryResponseHasSecurityHeaders(t *testing.T) {
	t.Parallel()
	handlers := map[string]http.Handler{
		"built": newHandler(builtPage()), "not built": newHandler(fstest.MapFS{".gitkeep": {}}),
	}
	for name, handler := range handlers {
		for _, target := range []string{"/graphiql", Root, "/graphiql/missing"} {
			header := get(t, handler, http.MethodGet, target).Header
			csp := header.Get("Content-Security-Policy")
			if !strings.HasPrefix(csp, "default-src 'none'; script-src 'self'; ") || strings.Contains(csp, "eval") {
				t.Errorf("%s %s: Content-Security-Policy is %q", name, target, csp)
			}
			if got := header.Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("%s %s: X-Content-Type-Options is %q", name, target, got)
			}
			if got := header.Get("Referrer-Policy"); got != "no-referrer" {
				t.Errorf("%s %s: Referrer-Policy is %q", name, target, got)
			}
		}
	}
}

func TestMissingPageSaysHowToBuildIt(t *testing.T) {
	t.Parallel()
	response := get(t, newHandler(fstest.MapFS{".gitkeep": {}}), http.MethodGet, Root)
	const want = "The admin page was not built into this binary: " +
		"install Node 20 or newer and run \"make web\", then build again.\n"
	if got := body(t, response); response.StatusCode != http.StatusServiceUnavailable || got != want {
		t.Errorf("got %d %q", response.StatusCode, got)
	}
	if got := response.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the response may be cached after the next build: Cache-Control is %q", got)
	}
}

func TestHasIndex(t *testing.T) {
	t.Parallel()
	if !hasIndex(builtPage()) {
		t.Error("a page with an index is missing")
	}
	if hasIndex(fstest.MapFS{".gitkeep": {}}) {
		t.Error("an empty directory is a page")
	}
}

func TestEmbeddedPageIsServedWhenBuilt(t *testing.T) {
	t.Parallel()
	want := http.StatusServiceUnavailable
	if Built() {
		want = http.StatusOK
	}
	if got := get(t, Handler(), http.MethodGet, Root).StatusCode; got != want {
		t.Errorf("got status %d, want %d", got, want)
	}
}
