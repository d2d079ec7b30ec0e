package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// Watch looks at the replicas, and at the primary where its URL has several hosts, until ctx ends. While it does not run
// all is read from the primary. end is the place up to which this node has read the log of events.
func (p *Pool) Watch(ctx context.Context, log *slog.Logger, end func() Position) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, r := range p.replicas.all {
		w := &watch{replica: r, primary: p, log: log.With("replica", r.name), known: end}
		group.Go(func() error { return unharmed(func() { w.run(ctx) }) })
	}
	group.Go(func() error { return unharmed(func() { p.answerAboutPrimary(ctx) }) })
	if p.failover != nil {
		group.Go(func() error { return unharmed(func() { p.failover.run(ctx, log) }) })
	}
	return group.Wait() //nolint:wrapcheck // its own
}

// unharmed makes an error of a panic, which would end the process: whoever runs Watch begins anew.
func unharmed(f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	f()
	return nil
}

// answerAboutPrimary answers until ctx ends. Who gets no answer reads from the primary.
func (p *Pool) answerAboutPrimary(ctx context.Context) {
	for {
		select {
		case first := <-p.replicas.primary:
			_ = p.replicas.primary.answer(first, func() (int64, error) { return look(ctx, p.Pool) })
		case <-ctx.Done():
			return
		}
	}
}

// watch keeps one replica in the rotation, or out of it.
type watch struct {
	*replica

	primary *Pool
	log     *slog.Logger
	known   func() Position // how far this node has read the log of events
	passed  Position        // the last place in the log that the replica was seen to have
	ahead   []mark          // what it does not show yet, the oldest first
}

// mark is a place in the log, and when it was known here.
type mark struct {
	at    Position
	since time.Time
}

// What is wrong with a replica.
var (
	errNoReplica   = errors.New("it follows no other server: it was promoted, or never was a replica")
	errOtherServer = errors.New("it is a replica of another database")
	errUnwatched   = errors.New("nobody watches it")
	errOtherLog    = errors.New("its log of events is not the primary's: one of the two went another way")
)

func (w *watch) run(ctx context.Context) {
	defer w.leave(context.WithoutCancel(ctx), errUnwatched)
	for {
		err := w.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		w.leave(ctx, err)
		SleepContext(ctx, connectEvery)
	}
}

// follow looks at the replica until something is wrong with it.
func (w *watch) follow(ctx context.Context) error {
	conn, err := w.connect(ctx)
	if err != nil {
		return err
	}
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookPatience)
		defer cancel()
		_ = conn.Close(ending) // it may be broken
	}()
	w.begin(ctx)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := w.look(ctx, conn); err != nil {
			return err
		}
		for looked := false; !looked; {
			select {
			case first := <-w.asked:
				err := w.asked.answer(first, func() (int64, error) { return w.ask(ctx, conn, Position{}) })
				if err != nil {
					return err
				}
			case <-tick.C:
				looked = true
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// connect makes a connection to a replica of the primary's database.
func (w *watch) connect(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, w.config.Copy())
	if err != nil {
		return nil, err //nolint:wrapcheck // pgx says what it was doing
	}
	identity, err := DatabaseIdentity(ctx, conn)
	if err == nil && identity != w.primary.identity {
		err = errOtherServer
	}
	if err != nil {
		_ = conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}

// begin begins a life, in which the replica may show less than in the one before: it may have been restarted.
func (w *watch) begin(ctx context.Context) {
	w.passed, w.ahead = Position{}, nil
	w.shown.Store(0)
	w.pool.Reset()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.life = newLife(ctx)
}

// look asks the replica what it shows, and puts it into the rotation or takes it out.
func (w *watch) look(ctx context.Context, conn *pgx.Conn) error {
	now, known := time.Now(), w.known()
	w.expect(known, now)
	asked := known
	if known == w.passed {
		asked.Seq = 0 // it need not be looked for again
	}
	shown, err := w.ask(ctx, conn, asked)
	if err != nil {
		return err
	}
	if shown > known.XID {
		w.passed = known
	}
	for len(w.ahead) > 0 && w.ahead[0].at.XID < shown {
		w.ahead = w.ahead[1:]
	}
	var lag time.Duration
	if len(w.ahead) > 0 {
		lag = now.Sub(w.ahead[0].since)
	}
	w.lagging(ctx, lag)
	return nil
}

// expect notes that a place in the log is known here from now on.
func (w *watch) expect(known Position, now time.Time) {
	const most = 1000
	n := len(w.ahead)
	switch {
	case n > 0 && known.Before(w.ahead[n-1].at): // the log is another one: it was restored from a backup
		w.ahead = []mark{{known, now}}
	case n > 0 && known == w.ahead[n-1].at || known == w.passed:
	case n >= most: // the oldest say how long it has been behind
		w.ahead[n-1] = mark{known, now}
	default:
		w.ahead = append(w.ahead, mark{known, now})
	}
}

// ask asks before which transaction the replica shows all. It is an error when the event at a place, that it must have by
// then, is not there. The place without a sequence has none.
func (w *watch) ask(ctx context.Context, conn *pgx.Conn, at Position) (shown int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	var follows, has bool
	err = conn.QueryRow(ctx, `
		SELECT
			pg_is_in_recovery(),
			pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
			$2 = 0 OR EXISTS (SELECT FROM events.event AS e WHERE e.xid = $1 AND e.seq = $2)
				OR EXISTS (SELECT FROM events.horizon AS h WHERE (h.xid, h.seq) >= ($1, $2))`,
		at.XID, at.Seq).Scan(&follows, &shown, &has)
	switch {
	case err != nil:
		return 0, fmt.Errorf("look at the replica: %w", err)
	case !follows:
		return 0, errNoReplica
	case !has && shown > at.XID:
		return 0, errOtherLog
	}
	w.shown.Store(shown)
	return shown, nil
}

// lagging puts the replica into the rotation, or takes it out.
func (w *watch) lagging(ctx context.Context, lag time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lag = lag
	switch in := w.reason == ""; {
	case in && lag > mostLag:
		w.reason = fmt.Sprintf("it is behind by more than %s", mostLag)
		w.log.WarnContext(ctx, "a replica leaves the rotation", "reason", w.reason)
	case !in && lag <= lagToReturn:
		w.reason = ""
		w.log.InfoContext(ctx, "a replica is in the rotation")
	}
}

// leave ends the replica's life: what is being read from it is read from the primary.
func (w *watch) leave(ctx context.Context, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.life.end()
	reason := reasonOf(err)
	if w.reason != reason {
		w.log.WarnContext(ctx, "a replica is out of the rotation", "reason", reason, "error", err)
	}
	w.reason, w.lag = reason, 0
}

// reasonOf says what is wrong in a few words, without what may be in an error of the connection.
func reasonOf(err error) string {
	for _, known := range []error{errNoReplica, errOtherServer, errOtherLog, errUnwatched} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it does not answer"
	}
	return "it cannot be reached"
}
