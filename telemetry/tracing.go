package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Traces sends spans to an OpenTelemetry collector. A nil *Traces sends nothing.
type Traces struct{ provider *sdk.TracerProvider }

// NewTraces starts to send spans over HTTP to OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. It returns nil
// if neither is set. ratio is the share of traces started by this process that are sampled, from 0 to 1; for a trace that the
// caller started, the caller's decision applies. If the collector does not answer, spans are dropped and a warning is logged.
// The caller must call Close.
func NewTraces(ctx context.Context, version string, ratio float64, log *slog.Logger) (*Traces, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return nil, nil //nolint:nilnil // tracing is optional
	}
	// OpenTelemetry's default logger is global and does not write JSON.
	otel.SetLogger(logr.FromSlogHandler(log.Handler()))
	otel.SetErrorHandler(exportErrorLogger{log})
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("create the trace exporter for OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
	}
	attributes, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", "aisle"), attribute.String("service.version", version),
	), resource.WithHost(), resource.WithFromEnv()) // the environment overrides the rest
	if err != nil {
		return nil, fmt.Errorf("read the resource attributes (OTEL_RESOURCE_ATTRIBUTES): %w", err)
	}
	return &Traces{sdk.NewTracerProvider(
		sdk.WithBatcher(exporter), sdk.WithResource(attributes), sdk.WithSampler(sdk.ParentBased(requestSampler{sdk.TraceIDRatioBased(ratio)})),
	)}, nil
}

// exportErrorLogger logs that spans could not be exported. The error belongs to no request.
type exportErrorLogger struct{ *slog.Logger }

// Handle implements otel.ErrorHandler.
func (u exportErrorLogger) Handle(err error) {
	u.WarnContext(context.Background(), "cannot export traces", "error", err)
}

// Provider returns the tracer provider, or nil if t is nil.
func (t *Traces) Provider() trace.TracerProvider { //nolint:ireturn // callers take the interface
	if t == nil {
		return nil
	}
	return t.provider
}

// Close exports the remaining spans. It takes at most flushTimeout.
func (t *Traces) Close(ctx context.Context) {
	if t == nil {
		return
	}
	const flushTimeout = 3 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
}

// requestSampler samples spans of requests. It drops root spans of background work, such as reading the event log.
type requestSampler struct{ sdk.Sampler }

// ShouldSample drops a root span of kind client: no request caused it.
func (s requestSampler) ShouldSample(p sdk.SamplingParameters) sdk.SamplingResult {
	if p.Kind == trace.SpanKindClient {
		return sdk.SamplingResult{Decision: sdk.Drop}
	}
	return s.Sampler.ShouldSample(p)
}
