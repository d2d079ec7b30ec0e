package server

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/telemetry"
)

// longestName clips what clients name themselves and their operations in the log.
const longestName = 64

// record writes the line of a request, and its figures. Variables, literals and tokens stay out of both.
func (s *Server) record(ctx context.Context, who auth.Client, x *exchange, took time.Duration) {
	kind, name := named(x.operation)
	if x.operation == nil && x.kept != nil { // it did not run
		kind, name = string(ast.Query), x.wanted.operation
	}
	if x.answer == nil { // a subscription that the client ended, or an answer from memory
		x.answer = &graphql.Response{}
	}
	errs := codes(x.answer)
	s.measure(who, x, telemetry.Operation{
		Kind: kind, Name: name, Took: took, Statements: x.statements.Count(), InSQL: x.statements.Elapsed(), Cost: x.cost, Failed: errs != nil,
	}, errs)
	handler := s.config.Log.Handler()
	if !handler.Enabled(ctx, slog.LevelInfo) {
		return
	}
	line := s.lines.Get().(*[]slog.Attr) //nolint:forcetypeassert,errcheck // nothing else is in it
	attrs := (*line)[:0]
	attrs = append(attrs,
		slog.String("operation", clip(name)),
		slog.String("type", kind),
		slog.Bool("registered", x.document != nil && x.document.registered),
		slog.String("viewer", idOrNone(x.viewer.ID())),
		slog.String("role", string(x.viewer.Role)),
		slog.String("store", idOrNone(x.viewer.StoreID.UUID)),
		slog.String("client", who.Name),
		slog.String("client_version", who.Version),
		slog.Int("status", x.status),
		slog.Float64("duration_ms", milliseconds(took)),
		slog.Int("sql_statements", x.statements.Count()),
		slog.Float64("sql_ms", milliseconds(x.statements.Elapsed())),
		slog.Int("cache_hits", x.statements.CacheHits()),
		slog.Int("cost", x.cost),
		slog.Int("bytes", x.bytes),
	)
	if x.trace.IsValid() {
		attrs = append(attrs, slog.String("trace_id", x.trace.String()))
	}
	if x.cacheResult != "" {
		attrs = append(attrs, slog.String("cache", string(x.cacheResult)))
	}
	if kind == string(ast.Subscription) {
		attrs = append(attrs, slog.Int("events", x.events))
	}
	if errs != nil {
		attrs = append(attrs, slog.Any("errors", errs))
	}
	if slow := s.config.Slow; slow > 0 && took >= slow && kind != string(ast.Subscription) {
		attrs = append(attrs, slog.Any("slow", slowOf(x)))
	}
	// A group without a name is its members: so they need not be copied, nor those that the context has. The line is not
	// told where in the code it comes from, which takes as long as writing it.
	entry := slog.NewRecord(s.config.Now(), slog.LevelInfo, "operation", 0)
	entry.AddAttrs(slog.Attr{Value: slog.GroupValue(attrs...)})
	_ = handler.Handle(ctx, entry) // nobody is left to tell
	clear(attrs)
	*line = attrs
	s.lines.Put(line)
}

// measure adds an operation to the figures. What a client calls its own document is no name of ours.
func (s *Server) measure(who auth.Client, x *exchange, o telemetry.Operation, codes []string) {
	var deprecated []string
	if x.document != nil {
		deprecated = x.document.deprecated
	}
	if x.document == nil || !x.document.registered {
		o.Name = ""
	}
	if o.Kind != string(ast.Subscription) { // which lasts as long as somebody listens
		s.config.Metrics.RecordOperation(o)
	}
	for _, err := range x.answer.Errors {
		s.config.Metrics.RecordError(codeOf(err))
	}
	by := telemetry.Client{Name: who.Name, Version: who.Version, SignedIn: !x.viewer.Anonymous()}
	s.config.Metrics.RecordClientOperation(by, outcomeOf(codes), codes, deprecated)
}

// outcomeOf says who is to blame for an answer's errors.
func outcomeOf(codes []string) telemetry.Outcome {
	switch {
	case codes == nil:
		return telemetry.OutcomeOK
	case slices.Contains(codes, codeInternal), slices.Contains(codes, codeTimeout):
		return telemetry.OutcomeServerError
	default:
		return telemetry.OutcomeClientError
	}
}

// named is what kind of operation it is, and its name. Both are empty when there is none.
func named(operation *graphql.OperationContext) (kind, name string) {
	if operation == nil || operation.Operation == nil {
		return "", ""
	}
	return string(operation.Operation.Operation), operation.Operation.Name
}

func clip(s string) string {
	if len(s) > longestName {
		s = s[:longestName]
	}
	return strings.ToValidUTF8(s, "")
}

func idOrNone(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

// milliseconds has three digits behind the point.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}
