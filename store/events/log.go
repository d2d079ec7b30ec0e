package events

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"aisle/store"
)

// Config is what a Log is made of. Pool and Log must be set.
type Config struct {
	Pool  *store.Pool
	Redis redis.UniversalClient // carries the doorbell to other nodes; nil for none
	Log   *slog.Logger
	// Relate attaches what else readers need to a batch of events, before anybody gets them; nil for nothing.
	Relate func(ctx context.Context, batch []*Event) error
	Now    func() time.Time

	Poll      time.Duration // how often the table is looked at when no bell rings; 250 ms
	Capacity  int           // how many events are in memory at most; 20,000
	Bytes     int           // how many bytes they have at most; 64 MiB
	Retention time.Duration // how long events are kept; 30 days
	Settle    time.Duration // how long the horizon has moved before events go; 1 minute
}

// Log is a node's view of the log of events.
type Log struct {
	config  Config
	q       *Queries
	ring    *ring
	bell    chan struct{} // rung here or elsewhere
	rung    chan struct{} // rung here, for the others
	started chan struct{} // closed when the ring has begun
}

// NewLog makes a Log, which does nothing before Run.
func NewLog(config Config) *Log {
	config.Poll = cmp.Or(config.Poll, 250*time.Millisecond)
	config.Capacity = cmp.Or(config.Capacity, 20_000)
	config.Bytes = cmp.Or(config.Bytes, 64<<20)
	config.Retention = cmp.Or(config.Retention, 30*24*time.Hour)
	config.Settle = cmp.Or(config.Settle, time.Minute)
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Log{
		config: config, q: New(config.Pool), ring: newRing(config.Capacity, config.Bytes),
		bell: make(chan struct{}, 1), rung: make(chan struct{}, 1), started: make(chan struct{}),
	}
}

// Ring says that events were committed on this node. It never waits.
func (l *Log) Ring() {
	for _, c := range []chan struct{}{l.bell, l.rung} {
		select {
		case c <- struct{}{}:
		default: // it rings already
		}
	}
}

// Run reads the log as it grows, until ctx ends. PostgreSQL and Redis may go away and come back.
func (l *Log) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { l.follow(ctx); return nil })
	if l.config.Redis != nil {
		group.Go(func() error { l.announce(ctx); return nil })
		group.Go(func() error { l.listen(ctx); return nil })
	}
	return group.Wait() //nolint:wrapcheck // nothing fails
}

// The times of the tailer.
const (
	patience  = 5 * time.Second       // for one statement
	longPause = time.Second           // when PostgreSQL is away
	shortest  = 5 * time.Millisecond  // while something is about to settle
	longest   = 50 * time.Millisecond // the same, when it takes long
)

// follow is the tailer.
func (l *Log) follow(ctx context.Context) {
	at, ok := l.begin(ctx)
	if !ok {
		return
	}
	away, unsettled := false, shortest
	for ctx.Err() == nil {
		read, pending, err := l.read(ctx, at)
		if len(read) > 0 {
			at = read[len(read)-1].Position
			l.ring.put(read)
			unsettled = shortest
		}
		var wait time.Duration
		switch {
		case err != nil:
			away = l.say(ctx, away, err)
			wait = longPause
		case pending:
			wait, unsettled = unsettled, min(2*unsettled, longest)
		case len(read) == batchSize:
			continue
		default:
			wait = l.config.Poll
		}
		if err == nil && away {
			away = false
			l.config.Log.InfoContext(ctx, "the log of events is read again")
		}
		l.wait(ctx, wait)
	}
}

// say tells of an outage once.
func (l *Log) say(ctx context.Context, said bool, err error) bool {
	if !said && ctx.Err() == nil {
		l.config.Log.WarnContext(ctx, "the log of events cannot be read; trying again", "error", err)
	}
	return true
}

// wait waits for the bell, at most so long.
func (l *Log) wait(ctx context.Context, atMost time.Duration) {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-l.bell:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// begin finds where the log ends now: the ring begins there.
func (l *Log) begin(ctx context.Context) (store.Position, bool) {
	away := false
	for ctx.Err() == nil {
		bounds, err := l.bounds(ctx)
		if err == nil {
			at := store.Position{XID: bounds.Xmin}
			l.ring.start(at)
			close(l.started)
			return at, true
		}
		away = l.say(ctx, away, err)
		l.wait(ctx, longPause)
	}
	return store.Position{}, false
}

func (l *Log) bounds(ctx context.Context) (boundsRow, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b, err := l.q.bounds(ctx)
	return b, store.Wrap("bounds of the log", err)
}

const batchSize = 1000

// read reads what is settled behind a position, and says whether more is committed and not settled yet.
func (l *Log) read(ctx context.Context, at store.Position) (batch []*Event, pending bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	rows, err := l.q.tail(ctx, tailParams{AfterXid: at.XID, AfterSeq: at.Seq, RowLimit: batchSize})
	if err != nil {
		return nil, false, fmt.Errorf("tail of the log: %w", err)
	}
	for _, r := range rows {
		if !r.Settled {
			pending = true
			break
		}
		batch = append(batch, eventOf(r.Row))
	}
	if err := l.relate(ctx, batch); err != nil {
		return nil, false, err
	}
	return batch, pending, nil
}

func (l *Log) relate(ctx context.Context, batch []*Event) error {
	if l.config.Relate == nil || len(batch) == 0 {
		return nil
	}
	return store.Wrap("what events refer to", l.config.Relate(ctx, batch))
}
