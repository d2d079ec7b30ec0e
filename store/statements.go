package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// StatementCounter counts the SQL statements that one operation sends, and the time they take. It is safe for
// concurrent use; nil counts nothing.
type StatementCounter struct {
	count   atomic.Int64
	elapsed atomic.Int64
	spared  atomic.Int64

	mu   sync.Mutex
	sent []Statement
}

// Statement is one that was sent.
type Statement struct {
	SQL       string // without its arguments
	Duration  time.Duration
	BatchSize int // how many were sent together with it, in that time; 1 for none
}

// mostSent is how many statements an operation remembers: who reads them knows by then what is wrong.
const mostSent = 50

// Count is the number of statements sent so far.
func (s *StatementCounter) Count() int { return int(s.count.Load()) }

// Elapsed is the time spent in statements, summed over those that ran side by side.
func (s *StatementCounter) Elapsed() time.Duration { return time.Duration(s.elapsed.Load()) }

// AddCacheHits notes values that were not read from PostgreSQL, because memory or Redis had them.
func (s *StatementCounter) AddCacheHits(values int) {
	if s != nil && values > 0 {
		s.spared.Add(int64(values))
	}
}

// CacheHits is how many values there were of that kind.
func (s *StatementCounter) CacheHits() int { return int(s.spared.Load()) }

// List are the statements that have been answered, the first 50.
func (s *StatementCounter) List() []Statement {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

func (s *StatementCounter) remember(sql string, took time.Duration, together int) {
	const usual = 8
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sent == nil {
		s.sent = make([]Statement, 0, usual)
	}
	if len(s.sent) < mostSent {
		s.sent = append(s.sent, Statement{sql, took, together})
	}
}

type statementsKey struct{}

// WithStatementCounter returns a context whose statements are counted, and the counter.
func WithStatementCounter(ctx context.Context) (context.Context, *StatementCounter) {
	counter := &StatementCounter{}
	return context.WithValue(ctx, statementsKey{}, counter), counter
}

// StatementCounterFrom is the counter of the context; nil when there is none.
func StatementCounterFrom(ctx context.Context) *StatementCounter {
	counter, _ := ctx.Value(statementsKey{}).(*StatementCounter)
	return counter
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

// started is what began: a statement, or several that are sent together.
type started struct {
	at     time.Time
	sql    string
	queued []*pgx.QueuedQuery
}

func (t statementTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if reads := DependencyRecorderFrom(ctx); reads != nil {
		reads.AddModule(t.modules.module(data.SQL))
	}
	counter := StatementCounterFrom(ctx)
	if counter == nil {
		return ctx
	}
	counter.count.Add(1)
	return context.WithValue(ctx, startedKey{}, &started{at: t.now(), sql: data.SQL})
}

// TraceBatchStart does the same for the statements that are sent together, but not for how to plan them.
func (t statementTracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	if reads := DependencyRecorderFrom(ctx); reads != nil {
		for _, queued := range data.Batch.QueuedQueries {
			if queued.SQL != planEach {
				reads.AddModule(t.modules.module(queued.SQL))
			}
		}
	}
	counter := StatementCounterFrom(ctx)
	if counter == nil {
		return ctx
	}
	for _, queued := range data.Batch.QueuedQueries {
		if queued.SQL != planEach {
			counter.count.Add(1)
		}
	}
	return context.WithValue(ctx, startedKey{}, &started{at: t.now(), queued: data.Batch.QueuedQueries})
}

// TraceBatchQuery is called for each of them, and has nothing to add.
func (t statementTracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd adds the time that they took together.
func (t statementTracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	t.look(data.Err)
	counter, begun, took := t.end(ctx)
	if counter == nil {
		return
	}
	own := make([]string, 0, len(begun.queued))
	for _, queued := range begun.queued {
		if queued.SQL != planEach {
			own = append(own, queued.SQL)
		}
	}
	for _, sql := range own {
		counter.remember(sql, took, len(own))
	}
}

func (t statementTracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	t.look(data.Err)
	if counter, begun, took := t.end(ctx); counter != nil {
		counter.remember(begun.sql, took, 1)
	}
}

// look tells when an error says that the server takes no writes.
func (t statementTracer) look(err error) {
	if refused := new(pgconn.PgError); err != nil && errors.As(err, &refused) && refused.Code == readOnlyTransaction {
		t.readOnly()
	}
}

// end adds the time of what began; without a counter there is none.
func (t statementTracer) end(ctx context.Context) (*StatementCounter, *started, time.Duration) {
	counter := StatementCounterFrom(ctx)
	begun, ok := ctx.Value(startedKey{}).(*started)
	if counter == nil || !ok {
		return nil, nil, 0
	}
	took := t.now().Sub(begun.at)
	counter.elapsed.Add(int64(took))
	return counter, begun, took
}
