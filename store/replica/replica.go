package replica

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

	"aisle/store"
	"aisle/store/postgres"
)

const (
	checkInterval     = 100 * time.Millisecond // between two checks of a replica
	chooseTimeout     = 25 * time.Millisecond  // how long a read waits for a replica to replay enough
	replayInterval    = time.Millisecond       // between two checks of a read that waits
	reconnectInterval = 500 * time.Millisecond
	connectTimeout    = 2 * time.Second
	maxLag            = time.Second // a replica that lags more leaves the rotation
	maxLagToReturn    = 250 * time.Millisecond
)

// A replica is a server that replays the primary's write-ahead log.
type replica struct {
	name     string // host:port
	pool     *pgxpool.Pool
	config   *pgx.ConnConfig // of the monitor's connection
	progress *freshRead      // of replayed

	replayed atomic.Int64 // every transaction before this id is visible on the replica

	mu     sync.Mutex
	reason string // why it is out of the rotation; empty while it is in it
	lag    time.Duration
	epoch  *epoch
}

// An epoch is the time from one connection of the monitor to its failure. Within an epoch the replica never shows less than
// before; after a restart it may.
type epoch struct {
	ctx context.Context //nolint:containedctx // of the queries that run on the replica: they end with the epoch
	end context.CancelFunc

	mu   sync.Mutex
	conn *pgx.Conn // of the monitor
}

// newEpoch returns an epoch that has not ended.
func newEpoch(ctx context.Context, conn *pgx.Conn) *epoch {
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	return &epoch{ctx: ctx, end: end, conn: conn}
}

func (e *epoch) hasEnded() bool { return e.ctx.Err() != nil }

var (
	errReplicaURL   = errors.New("the replica's URL is malformed: it must look like postgres://user:password@host:5432/database")
	errSeveralHosts = errors.New("the replica's URL names several hosts, which may show different states: give each replica its own URL")
	errWentBack     = errors.New("the replica shows an older state than before, or was promoted")
)

// openReplica makes the pool of a replica. It does not connect. Errors do not contain the URL, because of its password.
func openReplica(ctx context.Context, url string, o postgres.Options) (*replica, error) {
	config, err := postgres.NewPoolConfig(url, o, func() {})
	if err != nil {
		return nil, errReplicaURL
	}
	if postgres.HasSeveralHosts(config.ConnConfig) {
		return nil, errSeveralHosts
	}
	r := &replica{
		name:   net.JoinHostPort(config.ConnConfig.Host, strconv.Itoa(int(config.ConnConfig.Port))),
		reason: "not connected yet",
		epoch:  newEpoch(ctx, nil),
	}
	r.epoch.end()
	r.progress = newFreshRead(func(ctx context.Context) (int64, error) {
		current, _ := r.current()
		return r.check(ctx, current, store.Position{})
	})
	config.MaxConns = max(1, config.MaxConns-1) // the monitor has one
	config.AfterConnect = r.checkConnection
	if r.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("open the pool of %s: %w", r.name, err)
	}
	r.config = r.pool.Config().ConnConfig
	r.config.Tracer = nil // checks are not statements of an operation
	return r, nil
}

// checkConnection admits a connection to the pool. It refuses a replica that shows less than before: a restarted one begins
// again at its last restartpoint. It uses the simple protocol, which is not traced.
func (r *replica) checkConnection(ctx context.Context, conn *pgx.Conn) error {
	postgres.RegisterTypes(conn.TypeMap())
	results, err := conn.PgConn().Exec(ctx, "SELECT pg_is_in_recovery()::text, pg_snapshot_xmin(pg_current_snapshot())::text").ReadAll()
	if err != nil {
		return err //nolint:wrapcheck // pgx says what it was doing
	}
	row := results[0].Rows[0]
	replayed, err := strconv.ParseInt(string(row[1]), 10, 64)
	if err != nil || string(row[0]) != "true" || replayed < r.replayed.Load() {
		return errors.Join(errWentBack, err)
	}
	return nil
}

// query runs a query and buffers its rows. It is cancelled when the epoch ends.
func (r *replica) query(ctx context.Context, in *epoch, customPlan bool, sql string, args []any) (*bufferedRows, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(in.ctx, cancel)() //nolint:contextcheck // the epoch's context
	var db store.DB = r.pool
	if customPlan {
		db = store.WithCustomPlan(db)
	}
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return bufferRows(rows)
}

// waitReplayed reports whether the replica has replayed every transaction before xid, for as long as the epoch lasts. Until
// ctx ends it asks the replica again, unless the replica lagged at the last check.
func (r *replica) waitReplayed(ctx context.Context, in *epoch, xid int64) bool {
	for replayed := r.replayed.Load(); !in.hasEnded(); {
		if replayed >= xid {
			return true
		}
		if r.state().Lag > 0 {
			return false
		}
		var err error
		if replayed, err = r.progress.get(ctx); err != nil {
			return false
		}
		if replayed < xid && !store.SleepContext(ctx, replayInterval) {
			return false
		}
	}
	return false
}

// Why a replica is out of the rotation.
var (
	errNotReplica    = errors.New("the server is not a replica: it was promoted, or it never was one")
	errOtherLog      = errors.New("the replica's event log differs from the primary's: their timelines have diverged")
	errNotMonitored  = errors.New("the monitor does not run")
	errOtherDatabase = errors.New("the server is a replica of another database")
)

// check asks the replica which transactions it has replayed. It also checks that the server is still a replica and that it
// has the event at a position that it has replayed. A position without a sequence has no event.
func (r *replica) check(ctx context.Context, in *epoch, at store.Position) (replayed int64, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.conn == nil {
		return 0, errNotMonitored
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	var isReplica, hasEvent bool
	err = in.conn.QueryRow(ctx, `
		SELECT
			pg_is_in_recovery(),
			pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
			$2 = 0 OR EXISTS (SELECT FROM events.event AS e WHERE e.xid = $1 AND e.seq = $2)
				OR EXISTS (SELECT FROM events.horizon AS h WHERE (h.xid, h.seq) >= ($1, $2))`,
		at.XID, at.Seq).Scan(&isReplica, &replayed, &hasEvent)
	switch {
	case err != nil:
		return 0, fmt.Errorf("check the replica: %w", err)
	case !isReplica:
		return 0, errNotReplica
	case !hasEvent && replayed > at.XID:
		return 0, errOtherLog
	}
	r.replayed.Store(replayed)
	return replayed, nil
}

// A State is what a node knows of a replica.
type State struct {
	Name    string        // host:port
	Healthy bool          // it is in the rotation
	Lag     time.Duration // how long this node has known the oldest change that the replica has not replayed; 0 for none
	Reason  string        // why it is out of the rotation; empty while it is in it
}

// current returns the replica's epoch, and whether the replica is in the rotation.
func (r *replica) current() (e *epoch, inRotation bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.epoch, r.reason == ""
}

func (r *replica) state() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return State{Name: r.name, Healthy: r.reason == "", Lag: r.lag, Reason: r.reason}
}
