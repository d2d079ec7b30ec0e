package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A transaction is a connection with the transaction of a command. Statements whose results nobody needs are deferred, and
// sent in one round trip with the next statement: a round trip costs more than the statement.
type transaction struct {
	conn     *pgxpool.Conn
	deferred *pgx.Batch
}

// begin acquires a connection, and defers BEGIN.
func begin(ctx context.Context, pool Pool) (*transaction, error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("acquire a connection for a command: %w", err)
	}
	t := &transaction{conn, &pgx.Batch{}}
	t.deferred.Queue("begin")
	return t, nil
}

// commit sends the deferred statements and COMMIT. If one of them fails, COMMIT does not run.
func (t *transaction) commit(ctx context.Context) error {
	t.deferred.Queue("commit")
	return t.flush(ctx)
}

// end rolls back what was not committed, even if ctx has ended, and releases the connection.
func (t *transaction) end(ctx context.Context) {
	const rollbackTimeout, idle = time.Second, 'I'
	if conn := t.conn.Conn(); !conn.IsClosed() && conn.PgConn().TxStatus() != idle {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer cancel()
		_, _ = conn.Exec(ctx, "rollback") // if it fails, the pool closes the connection
	}
	t.conn.Release()
}

// flush sends the deferred statements.
func (t *transaction) flush(ctx context.Context) error {
	if t.deferred.Len() == 0 {
		return nil
	}
	batch := t.deferred
	t.deferred = &pgx.Batch{}
	return t.conn.SendBatch(ctx, batch).Close() //nolint:wrapcheck // the statement's error
}

func (t *transaction) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := t.flush(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	return t.conn.Exec(ctx, sql, args...) //nolint:wrapcheck // the statement's error
}

func (t *transaction) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) { //nolint:ireturn // as in DB
	if t.deferred.Len() > 0 {
		batch := t.deferred
		t.deferred = &pgx.Batch{}
		return queryAfter(ctx, t.conn, batch, sql, args...)
	}
	return t.conn.Query(ctx, sql, args...) //nolint:wrapcheck // the statement's error
}

func (t *transaction) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row { //nolint:ireturn // as in DB
	return FirstRow(t.Query(ctx, sql, args...))
}

func (t *transaction) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if err := t.flush(ctx); err != nil {
		return 0, err
	}
	return t.conn.CopyFrom(ctx, table, columns, rows) //nolint:wrapcheck // the statement's error
}

func (t *transaction) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults { //nolint:ireturn // as in DB
	if err := t.flush(ctx); err != nil {
		return pgx.FailedBatchResults(batch, err)
	}
	return t.conn.SendBatch(ctx, batch)
}

// deferredExec is a transaction whose Exec is deferred.
type deferredExec struct{ *transaction }

func (d deferredExec) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	d.deferred.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}
