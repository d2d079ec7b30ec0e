package replica

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"aisle/store"
	"aisle/store/postgres"
)

// Monitor checks the replicas until ctx ends, and puts each into the rotation or takes it out. While it does not run, the
// primary answers all reads. logEnd returns the position up to which this node has read the event log.
func (r *Router) Monitor(ctx context.Context, log *slog.Logger, logEnd func() store.Position) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, one := range r.replicas {
		m := &monitor{replica: one, router: r, log: log.With("replica", one.name), logEnd: logEnd}
		group.Go(func() error { return m.run(ctx) })
	}
	group.Go(func() error {
		<-ctx.Done()
		return nil
	})
	return group.Wait() //nolint:wrapcheck // run's error
}

// A monitor keeps one replica in the rotation, or out of it.
//
// It measures the lag by the event log and not by WAL positions: a replica lags from the moment at which this node knows an
// event that the replica has not replayed. An idle primary therefore causes no lag.
type monitor struct {
	*replica

	router  *Router
	log     *slog.Logger
	logEnd  func() store.Position
	checked store.Position // the newest event that the replica was seen to have
	pending []logPosition  // what the replica has not replayed, the oldest first
}

// A logPosition is a position in the event log, and when this node learned of it.
type logPosition struct {
	store.Position

	since time.Time
}

// run connects to the replica again and again until ctx ends. It returns a panic as an error: the supervisor restarts
// Monitor then.
func (m *monitor) run(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	defer m.endEpoch(context.WithoutCancel(ctx), errNotMonitored)
	for {
		err := m.runEpoch(ctx)
		if ctx.Err() != nil {
			return nil
		}
		m.endEpoch(ctx, err)
		store.SleepContext(ctx, reconnectInterval)
	}
}

// runEpoch checks the replica over one connection, and returns the first error.
func (m *monitor) runEpoch(ctx context.Context) error {
	conn, err := m.connect(ctx)
	if err != nil {
		return err
	}
	current := m.beginEpoch(ctx, conn)
	defer func() {
		current.mu.Lock()
		defer current.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
		defer cancel()
		_ = conn.Close(ctx) // it may be broken
	}()
	tick := time.NewTicker(checkInterval)
	defer tick.Stop()
	for {
		if err := m.checkLag(ctx, current); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// connect connects to the replica, and checks that it is a replica of the primary's database.
func (m *monitor) connect(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, m.config.Copy())
	if err != nil {
		return nil, err //nolint:wrapcheck // pgx says what it was doing
	}
	identity, err := postgres.DatabaseIdentity(ctx, conn)
	if err == nil && identity != m.router.identity {
		err = errOtherDatabase
	}
	if err != nil {
		_ = conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}

// beginEpoch begins an epoch, in which the replica may show less than in the last one: it may have been restarted.
func (m *monitor) beginEpoch(ctx context.Context, conn *pgx.Conn) *epoch {
	m.checked, m.pending = store.Position{}, nil
	m.replayed.Store(0)
	m.pool.Reset()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch = newEpoch(ctx, conn)
	return m.epoch
}

// endEpoch takes the replica out of the rotation, and cancels the queries that run on it: they run again on the primary.
func (m *monitor) endEpoch(ctx context.Context, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch.end()
	reason := describe(err)
	if m.reason != reason {
		m.log.WarnContext(ctx, "replica left the rotation", "reason", reason, "error", err)
	}
	m.reason, m.lag = reason, 0
}

// checkLag measures the lag, and puts the replica into the rotation or takes it out.
func (m *monitor) checkLag(ctx context.Context, current *epoch) error {
	now, end := time.Now(), m.logEnd()
	m.addPending(end, now)
	at := end
	if end == m.checked {
		at.Seq = 0 // its event was found before
	}
	replayed, err := m.check(ctx, current, at)
	if err != nil {
		return err
	}
	if replayed > end.XID {
		m.checked = end
	}
	for len(m.pending) > 0 && m.pending[0].XID < replayed {
		m.pending = m.pending[1:]
	}
	var lag time.Duration
	if len(m.pending) > 0 {
		lag = now.Sub(m.pending[0].since)
	}
	m.setLag(ctx, lag)
	return nil
}

// addPending notes that this node has learned of a position in the log.
func (m *monitor) addPending(end store.Position, now time.Time) {
	const maxPending = 1000
	n := len(m.pending)
	switch {
	case n > 0 && end.Before(m.pending[n-1].Position): // the log is another one: the primary was restored from a backup
		m.pending = []logPosition{{end, now}}
	case n > 0 && end == m.pending[n-1].Position || end == m.checked:
	case n >= maxPending: // keep the oldest ones, which tell the lag
		m.pending[n-1] = logPosition{end, now}
	default:
		m.pending = append(m.pending, logPosition{end, now})
	}
}

// setLag applies the bounds of the rotation. The bound to return is lower, so that a replica does not go in and out.
func (m *monitor) setLag(ctx context.Context, lag time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lag = lag
	switch inRotation := m.reason == ""; {
	case inRotation && lag > maxLag:
		m.reason = fmt.Sprintf("it lags more than %s", maxLag)
		m.log.WarnContext(ctx, "replica left the rotation", "reason", m.reason)
	case !inRotation && lag <= maxLagToReturn:
		m.reason = ""
		m.log.InfoContext(ctx, "replica joined the rotation")
	}
}

// describe returns a reason that operators may see: errors of the connection may contain addresses and users.
func describe(err error) string {
	for _, known := range []error{errNotReplica, errOtherDatabase, errOtherLog, errNotMonitored} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it does not answer in time"
	}
	return "it cannot be reached"
}
