package gateway

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"aisle/store"
	"aisle/telemetry"
)

// startSpan starts the span of an operation. end describes and ends it. Variables and literals stay out of it.
func (g *Gateway) startSpan(ctx context.Context) (_ context.Context, end func(context.Context, *Result)) {
	if g.tracer == nil {
		return ctx, func(context.Context, *Result) {}
	}
	ctx, span := g.tracer.Start(ctx, "graphql")
	return ctx, func(ctx context.Context, result *Result) {
		defer span.End()
		result.TraceID = span.SpanContext().TraceID()
		if span.IsRecording() {
			describe(span, store.StatementCounterFrom(ctx), result)
		}
	}
}

func describe(span trace.Span, statements *store.StatementCounter, result *Result) {
	kind, name := result.operationName()
	registered := result.isRegistered()
	span.SetAttributes(
		attribute.String("graphql.operation.type", kind), attribute.String("graphql.operation.name", telemetry.TruncateName(name)),
		attribute.Bool("aisle.registered", registered), attribute.Int("aisle.cost", result.Complexity),
		attribute.Int("aisle.sql_statements", statements.Count()), attribute.Int("aisle.cache_hits", statements.CacheHits()),
	)
	switch {
	case registered:
		span.SetName(kind + " " + name)
	case kind != "":
		span.SetName(kind)
	}
	if result.CacheResult != "" {
		span.SetAttributes(attribute.String("aisle.response_cache", string(result.CacheResult)))
	}
	codes := result.codes()
	if len(codes) > 0 {
		span.SetAttributes(attribute.StringSlice("aisle.errors", codes))
	}
	if outcomeOf(codes) == telemetry.OutcomeServerError {
		span.SetStatus(otelcodes.Error, codes[0])
	}
}

// DetachTrace returns a context whose operations begin traces of their own: a socket or an event stream may last for days.
func DetachTrace(ctx context.Context) context.Context {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	return trace.ContextWithSpanContext(ctx, trace.SpanContext{})
}
