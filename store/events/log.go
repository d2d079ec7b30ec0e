package events

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"aisle/store"
)

// Config is what a Log is made of. Pool and Log must be set.
type Config struct {
	Pool  store.Pool
	Redis redis.UniversalClient // carries the doorbell to other nodes; nil for none
	Log   *slog.Logger
	// Hydrate attaches what else those who follow need to a batch of events, before any of them gets it; nil for nothing. It is
	// called once for each event, and not for those that nobody follows.
	Hydrate func(ctx context.Context, batch []*Event) error
	// Watchers are told of what happens before anybody else on this node; none for none.
	Watchers []Watcher
	Now      func() time.Time

	PollInterval time.Duration // how often the table is looked at when no bell rings; 250 ms
	MaxEvents    int           // how many events are in memory at most; 20,000
	MaxBytes     int           // how many bytes they have at most; 64 MiB
	Retention    time.Duration // how long events are kept; 30 days
}

// Log is a node's view of the log of events.
type Log struct {
	config  Config
	q       *Queries
	lists   *Queries // those with optional filters
	ring    *ring
	readers *readers
	made    time.Time
	bell    chan struct{} // rung here or elsewhere
	rung    chan struct{} // rung here, for the others
	started chan struct{} // closed when the ring has begun
	related chan struct{} // has something in it while events are related
	current atomic.Int64  // when the end of the log was known last, by the clock in nanoseconds
	tailer  *tailer
}

// NewLog makes a Log, which does nothing before Run.
func NewLog(config Config) *Log {
	config.PollInterval = cmp.Or(config.PollInterval, 250*time.Millisecond)
	config.MaxEvents = cmp.Or(config.MaxEvents, 20_000)
	config.MaxBytes = cmp.Or(config.MaxBytes, 64<<20)
	config.Retention = cmp.Or(config.Retention, 30*24*time.Hour)
	if config.Now == nil {
		config.Now = time.Now
	}
	db := store.WithModule(config.Pool, "events")
	l := &Log{
		config: config, q: New(db), lists: New(store.WithCustomPlan(db)), ring: newRing(config.MaxEvents, config.MaxBytes),
		readers: newReaders(), made: config.Now(),
		bell: make(chan struct{}, 1), rung: make(chan struct{}, 1), started: make(chan struct{}),
		related: make(chan struct{}, 1),
	}
	l.tailer = &tailer{Log: l, settling: shortest}
	return l
}

// Notify says that events were committed on this node. It never waits.
func (l *Log) Notify() {
	for _, c := range []chan struct{}{l.bell, l.rung} {
		select {
		case c <- struct{}{}:
		default: // it rings already
		}
	}
}

// Position is the place of the newest event that this node has read. All statements from now on see what happened up to it.
func (l *Log) Position() store.Position {
	_, end, _ := l.ring.reach()
	return end
}

// MaxStaleness is how old the knowledge of what happened may be, as Log.Current has it: what is kept in memory is not used when it
// is older.
const MaxStaleness = 5 * time.Second

// CaughtUpAt is when the node knew last that it has read the log up to its end, or at least went on in it; 1970 before
// that. It falls behind while PostgreSQL is away, and while a transaction of others that has written something, and neither
// commits nor ends, holds the log back.
func (l *Log) CaughtUpAt() time.Time { return time.Unix(0, l.current.Load()) }

// Run does all that a node does with the log as it grows, until ctx ends: Follow, Announce and Listen.
func (l *Log) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, run := range []func(context.Context) error{l.RunTailer, l.RunNotifier, l.RunListener} {
		group.Go(func() error { return run(ctx) })
	}
	return group.Wait() //nolint:wrapcheck // nothing fails
}

// relate has read what a batch of events refers to, where they do not have it yet. While one relates the others wait: what
// they need may be related when it is done.
func (l *Log) relate(ctx context.Context, batch []*Event) error {
	has := func(e *Event) bool { return e.related.Load() }
	if l.config.Hydrate == nil || !slices.ContainsFunc(batch, func(e *Event) bool { return !has(e) }) {
		return nil
	}
	select {
	case l.related <- struct{}{}:
	case <-ctx.Done():
		return store.Wrap("wait for what events refer to", ctx.Err())
	}
	defer func() { <-l.related }()
	batch = slices.DeleteFunc(slices.Clone(batch), has)
	if len(batch) == 0 {
		return nil
	}
	if err := l.config.Hydrate(ctx, batch); err != nil {
		return store.Wrap("what events refer to", err)
	}
	for _, e := range batch {
		e.related.Store(true)
	}
	return nil
}
