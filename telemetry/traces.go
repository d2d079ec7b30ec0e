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

// Traces are what a process tells a collector of the requests that it answers. A nil Traces tells nothing.
type Traces struct{ provider *sdk.TracerProvider }

// NewTraces begins to send spans where OpenTelemetry's own variables say, over HTTP: to OTEL_EXPORTER_OTLP_ENDPOINT, or to
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. Without one of them it returns nil. ratio is the share of traces that are begun here and
// are sent, from 0 to 1; of those that others began it is as they say. A collector that does not answer is in the log, and
// holds up nobody. Traces must be closed.
func NewTraces(ctx context.Context, version string, ratio float64, log *slog.Logger) (*Traces, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return nil, nil //nolint:nilnil // to tell nothing is no error
	}
	// OpenTelemetry has one log a process, and would write into it what is no JSON.
	otel.SetLogger(logr.FromSlogHandler(log.Handler()))
	otel.SetErrorHandler(unsent{log})
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("send traces where OTEL_EXPORTER_OTLP_ENDPOINT says: %w", err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", "aisle"), attribute.String("service.version", version),
	), resource.WithHost(), resource.WithFromEnv()) // what the variables say comes last, and holds
	if err != nil {
		return nil, fmt.Errorf("say what sends traces (OTEL_RESOURCE_ATTRIBUTES): %w", err)
	}
	return &Traces{sdk.NewTracerProvider(
		sdk.WithBatcher(exporter), sdk.WithResource(about), sdk.WithSampler(sdk.ParentBased(served{sdk.TraceIDRatioBased(ratio)})),
	)}, nil
}

// unsent logs why traces cannot be sent. No request is to blame for it.
type unsent struct{ *slog.Logger }

// Handle is what OpenTelemetry calls.
func (u unsent) Handle(err error) {
	u.WarnContext(context.Background(), "traces cannot be sent", "error", err)
}

// Provider makes the tracers; nil when nothing is told.
func (t *Traces) Provider() trace.TracerProvider { //nolint:ireturn // it is an interface to all who take one
	if t == nil {
		return nil
	}
	return t.provider
}

// Close sends what has not been sent yet. It takes a few seconds at most.
func (t *Traces) Close(ctx context.Context) {
	if t == nil {
		return
	}
	const patience = 3 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
}

// served samples what is done for a request, and nothing that a process does by itself, as looking for events.
type served struct{ sdk.Sampler }

// ShouldSample drops what asks others, where nobody has asked for that.
func (s served) ShouldSample(p sdk.SamplingParameters) sdk.SamplingResult {
	if p.Kind == trace.SpanKindClient {
		return sdk.SamplingResult{Decision: sdk.Drop}
	}
	return s.Sampler.ShouldSample(p)
}
