package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"aisle/auth"
	"aisle/telemetry"
)

// BenchmarkUnchangedAnswer measures a GET that returns 304, with its access log and metrics.
func BenchmarkUnchangedAnswer(b *testing.B) {
	k := newLoggingServer(b)
	tag := etagOf(k.hello(""))
	k.benchmark(b, http.StatusNotModified, map[string]string{"If-None-Match": tag})
}

// BenchmarkAnswerFromMemory measures a GET of a cached response, of the size of a home screen.
func BenchmarkAnswerFromMemory(b *testing.B) {
	k := newLoggingServer(b)
	k.resolve = func(context.Context) (any, error) { return strings.Repeat("a home screen ", 1000), nil }
	k.hello("")
	k.benchmark(b, http.StatusOK, nil)
}

// newLoggingServer returns a cachingServer that formats its log and discards it.
func newLoggingServer(b *testing.B) *cachingServer {
	b.Helper()
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = nowhere.Close() })
	log, err := telemetry.NewLogger(nowhere, "json", "info")
	if err != nil {
		b.Fatal(err)
	}
	return newCachingServer(b, func(c *config) {
		c.Log = log
		scope := auth.ScopeForViewer(associate, nil)
		c.ResponseCache.Scopes = fixedScope(scope)
	})
}

// fixedScope implements responsecache.Scopes.
type fixedScope auth.Scope

func (s fixedScope) Scope(context.Context, auth.Viewer) (auth.Scope, error) {
	return auth.Scope(s), nil
}

func (k *cachingServer) benchmark(b *testing.B, status int, header map[string]string) {
	b.Helper()
	request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, urlOf(registeredHello, "{}"), http.NoBody)
	for name, value := range map[string]string{
		"Accept": current, "Authorization": "Bearer " + associateToken,
		"Apollographql-Client-Name": "mobile", "Apollographql-Client-Version": "4.2.0",
	} {
		request.Header.Set(name, value)
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	handler := k.Handler()
	reply := &discardWriter{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		reply.status = http.StatusOK
		clear(reply.header)
		handler.ServeHTTP(reply, request)
		if reply.status != status {
			b.Fatal(reply.status)
		}
	}
}

// discardWriter discards a response except its status.
type discardWriter struct {
	header http.Header
	status int
}

func (n *discardWriter) Header() http.Header          { return n.header }
func (n *discardWriter) WriteHeader(status int)       { n.status = status }
func (*discardWriter) Write(body []byte) (int, error) { return len(body), nil }
