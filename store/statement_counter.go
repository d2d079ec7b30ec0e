package store

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A StatementCounter counts the SQL statements of one operation, and the time that they take. It is safe for concurrent
// use. A nil StatementCounter counts nothing.
type StatementCounter struct {
	count     atomic.Int64
	elapsed   atomic.Int64 // nanoseconds
	cacheHits atomic.Int64

	mu         sync.Mutex
	statements []Statement
}

// A Statement is an SQL statement that was run.
type Statement struct {
	SQL       string        // without its arguments
	Duration  time.Duration // of the whole batch, if the statement was in one
	BatchSize int           // number of statements that were sent in one batch; 1 for a single statement
}

// maxStatements bounds the list of statements of an operation.
const maxStatements = 50

// Add counts n statements that are about to be sent.
func (s *StatementCounter) Add(n int) {
	if s != nil {
		s.count.Add(int64(n))
	}
}

// Record adds the duration of one round trip, and lists the statements that it ran.
func (s *StatementCounter) Record(took time.Duration, statements ...string) {
	if s == nil {
		return
	}
	s.elapsed.Add(int64(took))
	const usual = 8
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.statements == nil {
		s.statements = make([]Statement, 0, usual)
	}
	for _, sql := range statements {
		if len(s.statements) < maxStatements {
			s.statements = append(s.statements, Statement{sql, took, len(statements)})
		}
	}
}

// AddCacheHits counts values that memory or Redis had, and that were not read from PostgreSQL.
func (s *StatementCounter) AddCacheHits(values int) {
	if s != nil && values > 0 {
		s.cacheHits.Add(int64(values))
	}
}

// Count returns the number of statements.
func (s *StatementCounter) Count() int { return int(s.count.Load()) }

// Elapsed returns the sum of the durations. Statements that ran at the same time count each.
func (s *StatementCounter) Elapsed() time.Duration { return time.Duration(s.elapsed.Load()) }

// CacheHits returns the number of values that did not come from PostgreSQL.
func (s *StatementCounter) CacheHits() int { return int(s.cacheHits.Load()) }

// List returns the first 50 statements that have ended.
func (s *StatementCounter) List() []Statement {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.statements)
}

type statementCounterKey struct{}

// WithStatementCounter returns a context whose statements are counted, and the counter.
func WithStatementCounter(ctx context.Context) (context.Context, *StatementCounter) {
	counter := &StatementCounter{}
	return context.WithValue(ctx, statementCounterKey{}, counter), counter
}

// StatementCounterFrom returns the counter of the context, or nil if there is none.
func StatementCounterFrom(ctx context.Context) *StatementCounter {
	counter, _ := ctx.Value(statementCounterKey{}).(*StatementCounter)
	return counter
}
