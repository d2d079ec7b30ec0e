package postgres

import (
	"context"
	"errors"
	"regexp"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/trace"

	"aisle/store"
)

// newTracer makes the tracer of a pool. It counts statements and records dependencies. With a provider it also makes a
// span of each statement of a traced request: with its text, and without its arguments. It calls onReadOnly when a server
// rejects a write.
func newTracer(traces trace.TracerProvider, onReadOnly func()) pgx.QueryTracer { //nolint:ireturn // as in pgx
	statements := statementTracer{time.Now, onReadOnly}
	if traces == nil {
		return statements
	}
	spans := otelpgx.NewTracer(otelpgx.WithTracerProvider(traces), otelpgx.WithSpanNameFunc(spanName),
		otelpgx.WithDisableConnectionDetailsInAttributes())
	return multitracer.New(statements, spans)
}

var (
	queryName = regexp.MustCompile(`^-- name: (\w+) :`) // as in queries.sql
	firstWord = regexp.MustCompile(`\w+`)
)

// spanName returns the name of a statement in queries.sql, or else its first word.
func spanName(sql string) string {
	if found := queryName.FindStringSubmatch(sql); found != nil {
		return found[1]
	}
	return firstWord.FindString(sql)
}

// A statementTracer adds statements to the StatementCounter and the DependencyRecorder of their context.
type statementTracer struct {
	now        func() time.Time
	onReadOnly func()
}

type traceKey struct{}

// A roundTrip is a statement or a batch that was sent.
type roundTrip struct {
	start      time.Time
	statements []string
}

// TraceQueryStart implements pgx.QueryTracer.
func (t statementTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	store.DependencyRecorderFrom(ctx).AddStatement(ctx)
	if store.StatementCounterFrom(ctx) == nil {
		return ctx
	}
	return t.start(ctx, []string{data.SQL})
}

// TraceQueryEnd implements pgx.QueryTracer.
func (t statementTracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	t.checkReadOnly(data.Err)
	t.end(ctx)
}

// TraceBatchStart implements pgx.BatchTracer.
func (t statementTracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	store.DependencyRecorderFrom(ctx).AddStatement(ctx)
	if store.StatementCounterFrom(ctx) == nil {
		return ctx
	}
	statements := make([]string, 0, len(data.Batch.QueuedQueries))
	for _, query := range data.Batch.QueuedQueries {
		if !store.IsPlanSetting(query.SQL) {
			statements = append(statements, query.SQL)
		}
	}
	return t.start(ctx, statements)
}

// TraceBatchQuery implements pgx.BatchTracer.
func (statementTracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (t statementTracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	t.checkReadOnly(data.Err)
	t.end(ctx)
}

func (t statementTracer) start(ctx context.Context, statements []string) context.Context {
	store.StatementCounterFrom(ctx).Add(len(statements))
	return context.WithValue(ctx, traceKey{}, &roundTrip{t.now(), statements})
}

func (t statementTracer) end(ctx context.Context) {
	if sent, ok := ctx.Value(traceKey{}).(*roundTrip); ok {
		store.StatementCounterFrom(ctx).Record(t.now().Sub(sent.start), sent.statements...)
	}
}

// checkReadOnly calls onReadOnly if the error says that the server takes no writes: it is not the primary any longer.
func (t statementTracer) checkReadOnly(err error) {
	const readOnlyTransaction = "25006"
	if rejected := new(pgconn.PgError); err != nil && errors.As(err, &rejected) && rejected.Code == readOnlyTransaction {
		t.onReadOnly()
	}
}
