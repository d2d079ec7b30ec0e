package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// transaction is a connection with a command's transaction on it. What does not depend on answers is put off, to go in
// one round trip with what comes next: each costs more than the statement that it carries.
type transaction struct {
	conn  *pgxpool.Conn
	later *pgx.Batch // what was put off, in order
}

// begin takes a connection, and puts BEGIN off.
func begin(ctx context.Context, pool Pool) (*transaction, error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, Wrap("connection for a command", err)
	}
	t := &transaction{conn, &pgx.Batch{}}
	t.later.Queue("begin")
	return t, nil
}

// commit sends COMMIT with what was put off: it is not reached when something of that fails.
func (t *transaction) commit(ctx context.Context) error {
	t.later.Queue("commit")
	return t.flush(ctx)
}

// end undoes what was not committed, also when ctx has ended, and gives the connection back.
func (t *transaction) end(ctx context.Context) {
	const patience, idle = time.Second, 'I'
	if conn := t.conn.Conn(); !conn.IsClosed() && conn.PgConn().TxStatus() != idle {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		_, _ = conn.Exec(ctx, "rollback") // the pool closes a connection on which it fails
	}
	t.conn.Release()
}

// flush sends what was put off.
func (t *transaction) flush(ctx context.Context) error {
	if t.later.Len() == 0 {
		return nil
	}
	batch := t.later
	t.later = &pgx.Batch{}
	return t.conn.SendBatch(ctx, batch).Close() //nolint:wrapcheck // of the statement
}

func (t *transaction) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := t.flush(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	return t.conn.Exec(ctx, sql, args...) //nolint:wrapcheck // of the statement
}

func (t *transaction) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) { //nolint:ireturn // as DB has it
	if t.later.Len() > 0 {
		batch := t.later
		t.later = &pgx.Batch{}
		return queryAfter(ctx, t.conn, batch, sql, args...)
	}
	return t.conn.Query(ctx, sql, args...) //nolint:wrapcheck // of the statement
}

func (t *transaction) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row { //nolint:ireturn // as DB has it
	return FirstRow(t.Query(ctx, sql, args...))
}

func (t *transaction) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if err := t.flush(ctx); err != nil {
		return 0, err
	}
	return t.conn.CopyFrom(ctx, table, columns, rows) //nolint:wrapcheck // of the statement
}

func (t *transaction) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults { //nolint:ireturn // as DB has it
	if err := t.flush(ctx); err != nil {
		return pgx.FailedBatchResults(batch, err)
	}
	return t.conn.SendBatch(ctx, batch)
}

// putOff is a transaction whose Exec is put off.
type putOff struct{ *transaction }

func (p putOff) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	p.later.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}
