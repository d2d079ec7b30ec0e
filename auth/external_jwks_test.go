package auth

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

func TestFetchPropagatesTheTraceContext(t *testing.T) {
	traceparents := make(chan string, 2)
	issuer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		traceparents <- r.Header.Get("Traceparent")
	}))
	defer issuer.Close()
	traces := sdk.NewTracerProvider()
	ctx, span := traces.Tracer("test").Start(t.Context(), "a request")
	defer span.End()
	set := newExternalJWKS(issuer.URL, time.Now)

	_ = set.refresh(ctx) // fails: the response has no keys
	_ = set.refresh(t.Context())

	traced, plain := <-traceparents, <-traceparents
	if want := "00-" + span.SpanContext().TraceID().String() + "-"; len(traced) != 55 || traced[:len(want)] != want {
		t.Errorf("with a span the traceparent is %q", traced)
	}
	if plain != "" {
		t.Errorf("without a span the traceparent is %q", plain)
	}
}
