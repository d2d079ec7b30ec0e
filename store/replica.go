package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The times of replicas.
const (
	lookEvery    = 100 * time.Millisecond // at a replica, and at the primary where that is needed
	lookPatience = 500 * time.Millisecond // for one look; then the replica is out
	askPatience  = 25 * time.Millisecond  // of a request that needs a replica to show more than is known of it
	askAgain     = time.Millisecond       // between two questions of it
	connectEvery = 500 * time.Millisecond // to a replica that is away
	connectTime  = 2 * time.Second        // for a look at a new connection
	mostLag      = time.Second            // then a replica is out, until it lags no more than
	lagToReturn  = 250 * time.Millisecond
)

// replica is a server that follows the primary.
type replica struct {
	name   string // host:port
	pool   *pgxpool.Pool
	config *pgx.ConnConfig // of the connection by which it is watched
	asked  questions       // about what it shows

	shown atomic.Int64 // it shows all transactions before this one

	mu     sync.Mutex
	reason string // why it is out of the rotation; empty when it is in it
	lag    time.Duration
	life   *life
}

// life is a replica's time from one failure to the next: in it the replica never shows less than before.
type life struct {
	ctx context.Context //nolint:containedctx // of statements, which end with it
	end context.CancelFunc
}

func newLife(ctx context.Context) *life {
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	return &life{ctx, end}
}

func (l *life) over() bool { return l.ctx.Err() != nil }

var (
	errReplicaURL = errors.New("its URL cannot be read: it looks like postgres://user:password@host:5432/database")
	errReplicas   = errors.New("its URL names several hosts, which show different things: give each replica its own URL")
	errWentBack   = errors.New("the replica shows less than it did, or is none any more")
)

func openReplica(ctx context.Context, url string, o Options) (*replica, error) {
	config, err := poolConfig(url, o, func() {})
	if err != nil {
		return nil, errReplicaURL // which does not show the password
	}
	if severalHosts(config.ConnConfig) {
		return nil, errReplicas
	}
	r := &replica{
		name:   net.JoinHostPort(config.ConnConfig.Host, strconv.Itoa(int(config.ConnConfig.Port))),
		asked:  make(questions),
		reason: "it was not reached yet",
		life:   newLife(ctx),
	}
	r.life.end()                                // nobody has seen it live
	config.MaxConns = max(1, config.MaxConns-1) // one more watches
	config.AfterConnect = r.check
	if r.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("open the pool of %s: %w", r.name, err)
	}
	r.config = r.pool.Config().ConnConfig
	r.config.Tracer = nil // nobody's statements
	return r, nil
}

// whatItShows says whether a server follows another, and before which transaction it shows all. It is sent as text, so
// that it counts as nobody's statement.
const whatItShows = "SELECT pg_is_in_recovery()::text, pg_snapshot_xmin(pg_current_snapshot())::text"

// check lets a connection into the pool. A replica that was restarted may show less than before: there is a way to go from
// its last restartpoint.
func (r *replica) check(ctx context.Context, conn *pgx.Conn) error {
	registerTypes(conn.TypeMap())
	results, err := conn.PgConn().Exec(ctx, whatItShows).ReadAll()
	if err != nil {
		return err //nolint:wrapcheck // pgx says what it was doing
	}
	row := results[0].Rows[0]
	shown, err := strconv.ParseInt(string(row[1]), 10, 64)
	if err != nil || string(row[0]) != "true" || shown < r.shown.Load() {
		return errors.Join(errWentBack, err)
	}
	return nil
}

// query sends a query and copies its rows. It ends with the life.
func (r *replica) query(ctx context.Context, in *life, each bool, sql string, args []any) (*copiedRows, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(in.ctx, cancel)() //nolint:contextcheck // the life is the replica's
	var db DB = r.pool
	if each {
		db = planned{db}
	}
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return copyRows(rows)
}

// shows reports whether the replica shows all transactions before one, for as long as a life of it lasts. It is asked, until
// ctx ends, unless it was behind when it was looked at last.
func (r *replica) shows(ctx context.Context, in *life, before int64) bool {
	for shown, ok := r.shown.Load(), true; ok && !in.over(); {
		if shown >= before {
			return true
		}
		if r.state().Lag > 0 {
			return false
		}
		if shown, ok = r.asked.ask(ctx); ok && shown < before {
			ok = SleepContext(ctx, askAgain)
		}
	}
	return false
}

// alive is the replica's life, and whether it is in the rotation.
func (r *replica) alive() (now *life, in bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.life, r.reason == ""
}

func (r *replica) state() ReplicaState {
	r.mu.Lock()
	defer r.mu.Unlock()
	return ReplicaState{Name: r.name, Healthy: r.reason == "", Lag: r.lag, Reason: r.reason}
}
