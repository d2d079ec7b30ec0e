package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Statements counts the SQL statements that one operation sends, and the time they take. It is safe for
// concurrent use.
type Statements struct {
	count   atomic.Int64
	elapsed atomic.Int64
}

// Count is the number of statements sent so far.
func (s *Statements) Count() int { return int(s.count.Load()) }

// Elapsed is the time spent in statements, summed over those that ran side by side.
func (s *Statements) Elapsed() time.Duration { return time.Duration(s.elapsed.Load()) }

type statementsKey struct{}

// WithStatements returns a context whose statements are counted, and the counter.
func WithStatements(ctx context.Context) (context.Context, *Statements) {
	counter := &Statements{}
	return context.WithValue(ctx, statementsKey{}, counter), counter
}

// statementTracer adds each statement to the counter of its context, and its module to what is noted there of reads. It
// tells when a server takes no writes.
type statementTracer struct {
	now      func() time.Time
	modules  *modulesOf
	readOnly func()
}

// readOnlyTransaction is PostgreSQL's code for a write where none is taken: the server is no primary any more.
const readOnlyTransaction = "25006"

type startedKey struct{}

func (t statementTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if reads := ReadsOf(ctx); reads != nil {
		reads.From(t.modules.module(data.SQL))
	}
	counter, ok := ctx.Value(statementsKey{}).(*Statements)
	if !ok {
		return ctx
	}
	counter.count.Add(1)
	return context.WithValue(ctx, startedKey{}, t.now())
}

// TraceBatchStart does the same for the statements that are sent together, but not for how to plan them.
func (t statementTracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	if reads := ReadsOf(ctx); reads != nil {
		for _, queued := range data.Batch.QueuedQueries {
			if queued.SQL != planEach {
				reads.From(t.modules.module(queued.SQL))
			}
		}
	}
	counter, ok := ctx.Value(statementsKey{}).(*Statements)
	if !ok {
		return ctx
	}
	for _, queued := range data.Batch.QueuedQueries {
		if queued.SQL != planEach {
			counter.count.Add(1)
		}
	}
	return context.WithValue(ctx, startedKey{}, t.now())
}

// TraceBatchQuery is called for each of them, and has nothing to add.
func (t statementTracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd adds the time that they took together.
func (t statementTracer) TraceBatchEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchEndData) {
	t.TraceQueryEnd(ctx, conn, pgx.TraceQueryEndData{Err: data.Err})
}

func (t statementTracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	if refused := new(pgconn.PgError); data.Err != nil && errors.As(data.Err, &refused) && refused.Code == readOnlyTransaction {
		t.readOnly()
	}
	counter, ok := ctx.Value(statementsKey{}).(*Statements)
	if !ok {
		return
	}
	if started, ok := ctx.Value(startedKey{}).(time.Time); ok {
		counter.elapsed.Add(int64(t.now().Sub(started)))
	}
}
