package events

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"aisle/auth"
	"aisle/store"
)

// MaxStaleness is how old Log.CaughtUpAt may be. Do not serve data from memory when it is older.
const MaxStaleness = 5 * time.Second

// Config configures a Log. Pool and Log are required.
type Config struct {
	Pool  store.Pool
	Redis redis.UniversalClient // notifies other nodes of new events; nil for a single node
	Log   *slog.Logger
	// Hydrate attaches to the events of a batch the entities that they refer to, before subscribers get them; nil attaches
	// nothing. It gets each event once, and only events that somebody reads.
	Hydrate func(ctx context.Context, batch []*Event) error
	// Watchers get each event before any other reader on this node.
	Watchers []Watcher
	Now      func() time.Time

	PollInterval time.Duration // how often the tailer reads without a notification; 250 ms
	MaxEvents    int           // in memory; 20,000
	MaxBytes     int           // of the events in memory; 64 MiB
	Retention    time.Duration // how long events stay in the database; 30 days

	// CheckpointInterval is how long a subscription can be without an event before it gets a checkpoint; 1 minute.
	CheckpointInterval time.Duration
}

// A Log is a node's view of the event log.
type Log struct {
	config     Config
	table      eventTable
	ring       *ring
	hydrator   *hydrator
	notifier   *notifier
	tailer     *tailer
	maintainer *maintainer
	readers    *readerLags
	createdAt  time.Time
}

// NewLog returns a Log, which does nothing before Run.
func NewLog(config Config) *Log {
	config.PollInterval = cmp.Or(config.PollInterval, 250*time.Millisecond)
	config.MaxEvents = cmp.Or(config.MaxEvents, 20_000)
	config.MaxBytes = cmp.Or(config.MaxBytes, 64<<20)
	config.Retention = cmp.Or(config.Retention, 30*24*time.Hour)
	config.CheckpointInterval = cmp.Or(config.CheckpointInterval, time.Minute)
	if config.Now == nil {
		config.Now = time.Now
	}
	l := &Log{
		config: config, table: newEventTable(config.Pool), ring: newRing(config.MaxEvents, config.MaxBytes),
		hydrator: newHydrator(config.Hydrate), notifier: newNotifier(config.Redis, config.Log), readers: newReaderLags(),
		createdAt: config.Now(),
	}
	l.maintainer = &maintainer{
		pool: config.Pool, q: l.table.q, log: config.Log, now: config.Now, retention: config.Retention,
	}
	l.tailer = &tailer{
		pool: config.Pool, table: l.table, ring: l.ring, watchers: config.Watchers, hydrator: l.hydrator, notified: l.notifier.local,
		log: config.Log, now: config.Now, pollInterval: config.PollInterval, started: make(chan struct{}), settleDelay: minDelay,
		checkpointInterval: config.CheckpointInterval, checkpointAt: config.Now(),
	}
	return l
}

// Run runs RunTailer, RunNotifier and RunListener until ctx ends.
func (l *Log) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, run := range []func(context.Context) error{l.RunTailer, l.RunNotifier, l.RunListener} {
		group.Go(func() error { return run(ctx) })
	}
	return group.Wait() //nolint:wrapcheck // none of them fails
}

// RunTailer reads the log into memory as it grows, until ctx ends. It waits while PostgreSQL is unavailable. A second call
// continues where the first ended.
func (l *Log) RunTailer(ctx context.Context) error { return l.tailer.run(ctx) }

// RunNotifier publishes this node's notifications to the other nodes, until ctx ends.
func (l *Log) RunNotifier(ctx context.Context) error { return l.notifier.publish(ctx) }

// RunListener receives the notifications of the other nodes, until ctx ends.
func (l *Log) RunListener(ctx context.Context) error { return l.notifier.listen(ctx) }

// RunMaintenance calls Maintain every hour until ctx ends.
func (l *Log) RunMaintenance(ctx context.Context) error { return l.maintainer.run(ctx) }

// Maintain creates the partitions of the next days, drops those that are older than the retention, and deletes expired
// command responses. It does nothing while another node does the same.
func (l *Log) Maintain(ctx context.Context) error { return l.maintainer.maintain(ctx) }

// Notify reports that events were committed on this node. It never blocks.
func (l *Log) Notify() { l.notifier.notify() }

// Position returns the position up to which this node has read the log. Statements that start now see all changes up to it.
func (l *Log) Position() store.Position {
	_, end, _ := l.ring.bounds()
	return end
}

// CaughtUpAt returns when the tailer last read to the end of the log, or at least made progress; 1970 before that. It stops
// moving while PostgreSQL is unavailable, and while an open transaction that has written something keeps events unsettled.
func (l *Log) CaughtUpAt() time.Time { return time.Unix(0, l.tailer.caughtUpAt.Load()) }

// LastPosition queries the position of the newest settled event. Statements that start now see all changes up to it.
func (l *Log) LastPosition(ctx context.Context) (store.Position, error) {
	return l.table.lastPosition(ctx)
}

// ReadAfter reads up to limit events after a position, the oldest first, with the scope of the system: it reads all events. It also
// returns the position up to which they are complete. Near the end of the log it needs no statement, if this node runs the
// tailer. The error may be ErrPositionExpired or ErrUnknownPosition.
func (l *Log) ReadAfter(ctx context.Context, at store.Position, limit int32) ([]*Event, store.Position, error) {
	if list, upTo, known := l.ring.readAfter(at, int(limit)); known {
		return list, upTo, nil
	}
	return l.table.list(ctx, at, nil, l.Position(), Filter{Scope: auth.SystemScope()}, limit)
}

// readTable reads a page of the table, see eventTable.list. It searches only a part of a long log for the few events that a
// filter selects: isPartial reports that it did not reach the end of the log and did not find limit events.
func (l *Log) readTable(
	ctx context.Context, after store.Position, f Filter, limit int32,
) (list []*Event, upTo store.Position, isPartial bool, err error) {
	end := l.Position() // before anything is read
	var until *store.Position
	if len(f.Stores) != 1 && !l.ring.contains(after) { // a store has an index of its own, and the ring is short
		if until, err = l.table.searchEnd(ctx, after); err != nil {
			return nil, after, false, err
		}
	}
	list, upTo, err = l.table.list(ctx, after, until, end, f, limit)
	return list, upTo, until != nil && len(list) < int(limit), err
}
