package auth

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

func TestAnIssuerIsToldOfWhichTraceTheQuestionForItsKeysIs(t *testing.T) {
	asked := make(chan string, 2)
	issuer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("Traceparent")
	}))
	defer issuer.Close()
	traces := sdk.NewTracerProvider()
	ctx, span := traces.Tracer("test").Start(t.Context(), "a request")
	defer span.End()
	set := newKeySet(issuer.URL, time.Now)

	_ = set.refresh(ctx) // what it answers are no keys
	_ = set.refresh(t.Context())

	traced, plain := <-asked, <-asked
	if want := "00-" + span.SpanContext().TraceID().String() + "-"; len(traced) != 55 || traced[:len(want)] != want {
		t.Errorf("of a trace it is told %q", traced)
	}
	if plain != "" {
		t.Errorf("of none it is told %q", plain)
	}
}
