package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

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

// Pool is a pool of connections to PostgreSQL: to the primary, and beside them to its replicas, if there are any.
type Pool struct {
	*pgxpool.Pool

	identity string // see Identity; empty without replicas
	replicas replicas
	failover *failover     // nil where the primary has one address
	holder   chan struct{} // full while somebody holds a connection for a lock: see Exclusively
}

// errDatabaseURL does not wrap pgx's error, which would show the URL and so the password.
var errDatabaseURL = errors.New("the database URL cannot be read: it looks like postgres://user:password@host:5432/database")

// Options are a pool's settings.
type Options struct {
	MaxConns         int32                // connections at most, to each server; 0 is pgx's default
	StatementTimeout time.Duration        // after which PostgreSQL gives up a statement; 0 is never
	Replicas         []string             // the URLs of replicas, which are used while Watch runs; nil for none
	Traces           trace.TracerProvider // has a span of each statement of a traced request; nil for none
}

// Open makes a pool and waits until PostgreSQL answers once, or ctx ends. It does not wait for replicas. Neither an error
// nor a log of it holds a URL, because the password is in it.
func Open(ctx context.Context, url string, o Options) (*Pool, error) {
	p := &Pool{holder: make(chan struct{}, 1)}
	config, err := poolConfig(url, o, func() { p.Reset() })
	if err != nil {
		return nil, errDatabaseURL
	}
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		registerTypes(conn.TypeMap())
		return nil
	}
	p.failover = newFailover(url, config)
	if p.Pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("open the database pool: %w", err)
	}
	if p.failover != nil {
		p.failover.reset = p.Reset
	}
	if err := p.begin(ctx, o); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// begin waits for the primary, and makes the pools of the replicas.
func (p *Pool) begin(ctx context.Context, o Options) (err error) {
	if err := p.Ping(ctx); err != nil {
		return fmt.Errorf("reach PostgreSQL: %w", err)
	}
	if len(o.Replicas) > 0 {
		if p.identity, err = DatabaseIdentity(ctx, p); err != nil {
			return err
		}
	}
	return p.replicas.open(ctx, o.Replicas, o)
}

// Available is how many there are to the primary at most.
func (p *Pool) MaxConns() int32 {
	if p.failover != nil {
		return p.Config().MaxConns + 1 // by which it is watched
	}
	return p.Config().MaxConns
}

// Close closes all connections, and waits for those that are in use.
func (p *Pool) Close() {
	p.replicas.close()
	p.Pool.Close()
}

// poolConfig is that of the pool for a URL. It calls readOnly when the server takes no writes.
func poolConfig(url string, o Options, readOnly func()) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err //nolint:wrapcheck // nobody sees it, for the password is in it
	}
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	config.ConnConfig.Tracer = tracerOf(o.Traces, readOnly)
	hurry(config)
	config.ConnConfig.RuntimeParams["application_name"] = "aisle"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if config.ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
		setSession(config.ConnConfig.RuntimeParams, o)
	} // else there is a pooler in front, and nothing stays on a connection. See docs/decisions.
	return config, nil
}

// AllowsPlaintext says whether a connection of the URL may go over a network without TLS, and to which host.
func AllowsPlaintext(url string) (open bool, host string, err error) {
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		return false, "", errDatabaseURL
	}
	ways := append([]*pgconn.FallbackConfig{{Host: config.Host, TLSConfig: config.TLSConfig}}, config.Fallbacks...)
	for _, way := range ways {
		ip := net.ParseIP(way.Host)
		isHere := strings.HasPrefix(way.Host, "/") || way.Host == "localhost" || ip != nil && ip.IsLoopback()
		if way.TLSConfig == nil && !isHere {
			return true, way.Host, nil
		}
	}
	return false, config.Host, nil
}

// hurry bounds what pgx would wait for as long as it takes: a server that vanished takes no packet and refuses none, and
// after its return the pool would still wait for the one that was. The URL's connect_timeout is left as it is.
func hurry(config *pgxpool.Config) {
	const toConnect, toPong = 3 * time.Second, time.Second
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = toConnect
		config.ConnConfig.DialFunc = (&net.Dialer{Timeout: toConnect}).DialContext // what cancels a statement dials, too
	}
	config.PingTimeout = cmp.Or(config.PingTimeout, toPong)
}

// DatabaseIdentity is a word for the database, which no other one has.
func DatabaseIdentity(ctx context.Context, db DB) (string, error) {
	var word string
	err := db.QueryRow(ctx, `
		SELECT s.system_identifier::text || '.' || d.oid::text
		FROM pg_control_system() AS s, pg_database AS d
		WHERE d.datname = current_database()`).Scan(&word)
	return word, Wrap("which database it is", err)
}

// setSession adds the settings that a connection has for its life.
func setSession(params map[string]string, o Options) {
	// Planning takes longer than running what is asked for most: each connection plans a statement once. See WithCustomPlan.
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
