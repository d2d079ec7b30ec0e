package server

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"aisle/telemetry"
)

// w3c is how requests say which trace they belong to: https://www.w3.org/TR/trace-context/.
type w3c = propagation.TraceContext

// traced makes a span of each request for a route, where traces are told: of its method and its status, and of nothing that is
// about who sends it. A request is a part of the trace that it names only where a trusted proxy says so, and else linked to it:
// a stranger may not decide what is traced.
func (s *Server) traced(route string, next http.HandlerFunc) http.HandlerFunc {
	if s.tracer == nil {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		method := "HTTP"
		if r.Method == http.MethodGet || r.Method == http.MethodPost {
			method = r.Method
		}
		options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("http.route", route), attribute.String("http.request.method", method))}
		ctx := r.Context()
		caller := trace.SpanContextFromContext(w3c{}.Extract(ctx, propagation.HeaderCarrier(r.Header)))
		switch {
		case !caller.IsValid():
		case s.isProxy(peerOf(r)):
			ctx = trace.ContextWithRemoteSpanContext(ctx, caller)
		default:
			options = append(options, trace.WithLinks(trace.Link{SpanContext: caller}))
		}
		ctx, span := s.tracer.Start(ctx, method+" "+route, options...)
		defer span.End()
		answer := &recorder{ResponseWriter: w, status: http.StatusOK}
		next(answer, r.WithContext(ctx))
		span.SetAttributes(attribute.Int("http.response.status_code", answer.status))
		if answer.status >= http.StatusInternalServerError {
			span.SetStatus(otelcodes.Error, http.StatusText(answer.status))
		}
	}
}

// operationSpan begins the span of an operation. The function that it returns ends it. Variables and literals stay out.
func (s *Server) operationSpan(ctx context.Context, x *exchange) (_ context.Context, end func()) {
	if s.tracer == nil {
		return ctx, func() {}
	}
	ctx, span := s.tracer.Start(ctx, "graphql")
	x.trace = span.SpanContext().TraceID()
	return ctx, func() {
		defer span.End()
		if !span.IsRecording() {
			return
		}
		describe(span, x)
	}
}

func describe(span trace.Span, x *exchange) {
	kind, name := named(x.operation)
	registered := x.document != nil && x.document.registered
	span.SetAttributes(
		attribute.String("graphql.operation.type", kind), attribute.String("graphql.operation.name", clip(name)),
		attribute.Bool("aisle.registered", registered), attribute.Int("aisle.cost", x.cost),
		attribute.Int("aisle.sql_statements", x.statements.Count()), attribute.Int("aisle.cache_hits", x.statements.CacheHits()),
	)
	switch {
	case registered:
		span.SetName(kind + " " + name)
	case kind != "":
		span.SetName(kind)
	}
	if x.answer == nil { // a subscription has begun
		return
	}
	found := codes(x.answer)
	if len(found) > 0 {
		span.SetAttributes(attribute.StringSlice("aisle.errors", found))
	}
	if outcomeOf(found) == telemetry.OutcomeServerError {
		span.SetStatus(otelcodes.Error, found[0])
	}
}

// apart is a context whose operations begin traces of their own: a socket or an event stream may last for days.
func (s *Server) apart(ctx context.Context) context.Context {
	if s.tracer == nil {
		return ctx
	}
	return trace.ContextWithSpanContext(ctx, trace.SpanContext{})
}
