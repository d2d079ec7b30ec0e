package gateway

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/gateway/apierror"
	"aisle/store"
	"aisle/telemetry"
)

// An OperationRecord is what the access log and the metrics record of one operation.
type OperationRecord struct {
	Client  auth.Client
	Viewer  auth.Viewer
	Result  *Result
	Status  int // of HTTP; 101 over a socket
	Bytes   int // of the response, before compression
	Elapsed time.Duration
}

// Record writes the line of an operation to the access log, and counts the operation. Variables, literals and tokens stay out of both.
func (g *Gateway) Record(ctx context.Context, o OperationRecord) {
	statements := store.StatementCounterFrom(ctx)
	codes := o.Result.codes()
	g.count(o, statements, codes)
	handler := g.config.Log.Handler()
	if !handler.Enabled(ctx, slog.LevelInfo) {
		return
	}
	line := g.logAttrs.Get().(*[]slog.Attr) //nolint:forcetypeassert,errcheck // nothing else is in it
	attrs := o.appendAttrs(ctx, (*line)[:0], statements, codes)
	if kind, _ := o.Result.operationName(); isSlow(g.config.SlowThreshold, o.Elapsed) && kind != string(ast.Subscription) {
		attrs = append(attrs, slog.Any("slow", describeSlow(g.config.Schema.Schema(), o.Result, statements)))
	}
	// A group without a name is inlined: so nothing copies the attributes of the line, nor those of the context. The record has no
	// source, which would take as long as all the rest.
	record := slog.NewRecord(g.config.Now(), slog.LevelInfo, "operation", 0)
	record.AddAttrs(slog.Attr{Value: slog.GroupValue(attrs...)})
	_ = handler.Handle(ctx, record) // nobody is left to tell
	clear(attrs)
	*line = attrs
	g.logAttrs.Put(line)
}

func (o OperationRecord) appendAttrs(
	ctx context.Context, attrs []slog.Attr, statements *store.StatementCounter, codes []string,
) []slog.Attr {
	kind, name := o.Result.operationName()
	attrs = append(attrs,
		slog.String("operation", telemetry.TruncateName(name)),
		slog.String("type", kind),
		slog.Bool("registered", o.Result.isRegistered()),
		slog.String("viewer", idOrEmpty(o.Viewer.ID())),
		slog.String("role", string(o.Viewer.Role)),
		slog.String("store", idOrEmpty(o.Viewer.StoreID.UUID)),
		slog.String("client", o.Client.Name),
		slog.String("client_version", o.Client.Version),
		slog.Int("status", o.Status),
		slog.Float64("duration_ms", milliseconds(o.Elapsed)),
		slog.Int("sql_statements", statements.Count()),
		slog.Float64("sql_ms", milliseconds(statements.Elapsed())),
		slog.Int("cache_hits", statements.CacheHits()),
		slog.Int("cost", o.Result.Complexity),
		slog.Int("bytes", o.Bytes),
	)
	if id := o.Result.traceID(ctx); id.IsValid() {
		attrs = append(attrs, slog.String("trace_id", id.String()))
	}
	if o.Result.CacheResult != "" {
		attrs = append(attrs, slog.String("cache", string(o.Result.CacheResult)))
	}
	if kind == string(ast.Subscription) {
		attrs = append(attrs, slog.Int("events", o.Result.Subscription.Events()))
	}
	if codes != nil {
		attrs = append(attrs, slog.Any("errors", codes))
	}
	return attrs
}

// count adds an operation to the metrics. Only the names of registered operations are labels.
func (g *Gateway) count(o OperationRecord, statements *store.StatementCounter, codes []string) {
	kind, name := o.Result.operationName()
	var deprecated []string
	if d := o.Result.Document; d != nil {
		deprecated = d.Deprecated
	}
	if !o.Result.isRegistered() {
		name = ""
	}
	if kind != string(ast.Subscription) { // which lasts until the client ends it
		g.config.Metrics.RecordOperation(telemetry.Operation{
			Kind: kind, Name: name, Took: o.Elapsed, Statements: statements.Count(), InSQL: statements.Elapsed(),
			Cost: o.Result.Complexity, Failed: codes != nil,
		})
	}
	if o.Result.Response != nil {
		for _, err := range o.Result.Response.Errors {
			g.config.Metrics.RecordError(apierror.CodeOf(err))
		}
	}
	client := telemetry.Client{Name: o.Client.Name, Version: o.Client.Version, SignedIn: !o.Viewer.Anonymous()}
	g.config.Metrics.RecordClientOperation(client, outcomeOf(codes), codes, deprecated)
}

// outcomeOf says whether the server or the client is to blame for the errors of a response.
func outcomeOf(codes []string) telemetry.Outcome {
	switch {
	case codes == nil:
		return telemetry.OutcomeOK
	case slices.Contains(codes, apierror.CodeInternal), slices.Contains(codes, apierror.CodeTimeout):
		return telemetry.OutcomeServerError
	default:
		return telemetry.OutcomeClientError
	}
}
