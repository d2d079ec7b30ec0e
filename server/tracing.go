package server

import (
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traced starts a span for each request of a route: with its method and its status, and with nothing about the client. A request joins the
// trace in its header (https://www.w3.org/TR/trace-context/) only when a trusted proxy sent it, and is linked to it otherwise: a stranger
// must not decide what is traced.
func (s *Server) traced(route string, next http.Handler) http.Handler {
	if s.tracer == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := "HTTP"
		if r.Method == http.MethodGet || r.Method == http.MethodPost {
			method = r.Method
		}
		options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("http.route", route), attribute.String("http.request.method", method))}
		ctx := r.Context()
		caller := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header)))
		switch {
		case !caller.IsValid():
		case s.clients.FromProxy(r):
			ctx = trace.ContextWithRemoteSpanContext(ctx, caller)
		default:
			options = append(options, trace.WithLinks(trace.Link{SpanContext: caller}))
		}
		ctx, span := s.tracer.Start(ctx, method+" "+route, options...)
		defer span.End()
		response := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(response, r.WithContext(ctx))
		span.SetAttributes(attribute.Int("http.response.status_code", response.status))
		if response.status >= http.StatusInternalServerError {
			span.SetStatus(otelcodes.Error, http.StatusText(response.status))
		}
	})
}
