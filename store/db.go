package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	pgxdecimal "github.com/jackc/pgx-shopspring-decimal"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
)

// DB is what a module needs of PostgreSQL. A pool and a transaction are one.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error)
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// Pool is a pool of connections to PostgreSQL.
type Pool struct{ *pgxpool.Pool }

// errDatabaseURL does not wrap pgx's error, which would show the URL and so the password.
var errDatabaseURL = errors.New("the database URL cannot be read: it looks like postgres://user:password@host:5432/database")

// Options are a pool's settings.
type Options struct {
	MaxConns         int32                // connections at most; 0 is pgx's default
	StatementTimeout time.Duration        // after which PostgreSQL gives up a statement; 0 is never
	Traces           trace.TracerProvider // has a span of each statement of a traced request; nil for none
}

// Open makes a pool and waits until PostgreSQL answers once, or ctx ends. Neither an error nor a log of it holds the
// URL, because the password is in it.
func Open(ctx context.Context, url string, o Options) (*Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errDatabaseURL
	}
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	config.ConnConfig.Tracer = tracerOf(o.Traces)
	config.ConnConfig.RuntimeParams["application_name"] = "aisle"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if config.ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
		setSession(config.ConnConfig.RuntimeParams, o)
	} // else there is a pooler in front, and nothing stays on a connection. See docs/decisions.
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		registerUUID(conn.TypeMap())
		pgxdecimal.Register(conn.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database pool: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach PostgreSQL: %w", err)
	}
	return &Pool{pool}, nil
}

// Identity is a word for the database, which no other one has.
func Identity(ctx context.Context, db DB) (string, error) {
	var word string
	err := db.QueryRow(ctx, `
		SELECT s.system_identifier::text || '.' || d.oid::text
		FROM pg_control_system() AS s, pg_database AS d
		WHERE d.datname = current_database()`).Scan(&word)
	return word, Wrap("which database it is", err)
}

// setSession adds the settings that a connection has for its life.
func setSession(params map[string]string, o Options) {
	// Planning takes longer than running what is asked for most: each connection plans a statement once. See PlanEach.
	params["plan_cache_mode"] = "force_generic_plan"
	// A plan is kept while its tables grow: reading all of a table that was empty would be one until PostgreSQL looks again.
	params["enable_seqscan"] = "off"
	params["jit"] = "off" // it would compile what has to read all of a table, whatever its size
	if o.StatementTimeout > 0 {
		params["statement_timeout"] = strconv.FormatInt(o.StatementTimeout.Milliseconds(), 10)
	}
}

// InTx runs f in one transaction: committed when f returns nil, else rolled back.
func (p *Pool) InTx(ctx context.Context, f func(DB) error) error {
	err := pgx.BeginFunc(ctx, p.Pool, func(tx pgx.Tx) error { return f(tx) })
	if err != nil {
		return fmt.Errorf("transaction: %w", err)
	}
	return nil
}
