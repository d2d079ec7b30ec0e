package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"aisle/store"
)

// A Pool is a pool of connections to the primary.
type Pool struct {
	*pgxpool.Pool

	failover   *failover     // nil if the URL has one host
	lockHolder chan struct{} // full while a connection of the pool is held for a lock: see WithLock
}

var _ store.Pool = (*Pool)(nil)

// Open makes a pool, and waits until PostgreSQL answers or ctx ends. Errors do not contain the URL, because of its password.
func Open(ctx context.Context, url string, o Options) (*Pool, error) {
	p := &Pool{lockHolder: make(chan struct{}, 1)}
	config, err := NewPoolConfig(url, o, func() { p.Reset() })
	if err != nil {
		return nil, errDatabaseURL
	}
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		RegisterTypes(conn.TypeMap())
		return nil
	}
	p.failover = newFailover(url, config)
	if p.Pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("open the database pool: %w", err)
	}
	if p.failover != nil {
		p.failover.reset = p.Reset
	}
	if err := p.Ping(ctx); err != nil {
		p.Close()
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	return p, nil
}

// MaxConns returns the upper bound of open connections to the primary.
func (p *Pool) MaxConns() int32 {
	if p.failover != nil {
		return p.Config().MaxConns + 1 // the connection of FollowPrimary
	}
	return p.Config().MaxConns
}

// BehindPooler reports whether the URL says that a pooler such as PgBouncer is in front of PostgreSQL. The limit of the
// server's connections does not bound the pool then.
func (p *Pool) BehindPooler() bool { return isBehindPooler(p.Config().ConnConfig) }

// FollowPrimary checks the primary until ctx ends, if its URL has several hosts. When the primary fails, or takes no writes
// any longer, all connections are closed: new ones go to the host that is the primary then.
func (p *Pool) FollowPrimary(ctx context.Context, log *slog.Logger) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if p.failover == nil {
		<-ctx.Done()
		return nil
	}
	p.failover.run(ctx, log)
	return nil
}

// InTx runs f in one transaction. It commits when f returns nil, and rolls back otherwise.
func (p *Pool) InTx(ctx context.Context, f func(store.DB) error) error {
	err := pgx.BeginFunc(ctx, p.Pool, func(tx pgx.Tx) error { return f(tx) })
	if err != nil {
		return fmt.Errorf("transaction: %w", err)
	}
	return nil
}

// DatabaseIdentity returns a text that differs for each database of each PostgreSQL cluster. Replicas have that of their primary.
func DatabaseIdentity(ctx context.Context, db queryRower) (identity string, err error) {
	err = db.QueryRow(ctx, `
		SELECT s.system_identifier::text || '.' || d.oid::text
		FROM pg_control_system() AS s, pg_database AS d
		WHERE d.datname = current_database()`).Scan(&identity)
	if err != nil {
		return "", fmt.Errorf("identify the database: %w", err)
	}
	return identity, nil
}

// A queryRower is a DB or a connection.
type queryRower interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Analyze makes PostgreSQL sample all tables for its planner. Call it after a bulk load.
func Analyze(ctx context.Context, db store.DB) error {
	if _, err := db.Exec(ctx, "ANALYZE"); err != nil {
		return fmt.Errorf("analyze the tables: %w", err)
	}
	return nil
}
