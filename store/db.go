package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A DB runs SQL statements. Pools, transactions and the decorators WithModule and WithCustomPlan are DBs.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error)
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// A Pool is a DB that also runs transactions and holds advisory locks. postgres.Pool is one.
type Pool interface {
	DB
	Transactor
	Locker

	// Acquire takes a connection out of the pool. The caller must release it.
	Acquire(ctx context.Context) (*pgxpool.Conn, error)
}

// A Transactor runs a function in one transaction: it commits when the function returns nil, and rolls back otherwise.
type Transactor interface {
	InTx(ctx context.Context, f func(DB) error) error
}

// A Locker runs functions under advisory locks, which all nodes on a database share. See postgres.Pool.
type Locker interface {
	// WithLock waits for the lock of the name, and runs f while it holds the lock.
	WithLock(ctx context.Context, name string, f func(context.Context) error) error
	// TryWithLock runs f if it gets the lock at once, and otherwise does nothing.
	TryWithLock(ctx context.Context, name string, f func(context.Context) error) error
	// TryWithLockInTx is TryWithLock for a function that works in one transaction.
	TryWithLockInTx(ctx context.Context, name string, f func(DB) error) error
}
