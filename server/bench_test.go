package server_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"aisle/server"
	"aisle/telemetry"
)

// BenchmarkUnchangedAnswer is what a GET costs whose answer is 304, with its line in the log and its figures.
func BenchmarkUnchangedAnswer(b *testing.B) {
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = nowhere.Close() })
	log, err := telemetry.NewLogger(nowhere, "json", "info")
	if err != nil {
		b.Fatal(err)
	}
	k := keeping(b, func(c *server.Config) { c.Log = log })
	address, tag := addressOf(registeredHello, "{}"), tagOf(k.hello(""))
	request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, address, http.NoBody)
	for name, value := range map[string]string{
		"Accept": current, "Authorization": "Bearer " + associateToken, "If-None-Match": tag,
		"Apollographql-Client-Name": "mobile", "Apollographql-Client-Version": "4.2.0",
	} {
		request.Header.Set(name, value)
	}
	handler := k.Handler()
	b.ReportAllocs()
	for b.Loop() {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		if recorder.Code != http.StatusNotModified {
			b.Fatal(recorder.Code)
		}
	}
}
