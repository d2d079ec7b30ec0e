package kpis

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"aisle/store"
)

// Config is what a Projector is made of. Pool, Events, History, Log and Now must be set.
type Config struct {
	Pool                  store.Pool
	Events                EventLog
	RebuildSource         RebuildSource
	Log                   *slog.Logger
	Now                   func() time.Time
	Signal                <-chan struct{}                         // says that there are events; nil for never
	ObserveStatusDuration func(status string, took time.Duration) // is told how long a task was in a status that it has left; nil for nobody

	PollInterval time.Duration // how often the log is looked at when nobody says that there are events; 5 s
	BatchSize    int32         // events of one transaction, at most; 2,000
}

// Projector reads the log of events, and keeps the figures of what it tells. Any number of them may run at once: each event counts
// once, because the place up to which the log was read moves in the transaction of what was counted.
type Projector struct {
	config Config
	q      *Queries
	rows   writer
	zones  zones
	trimAt time.Time // when facts are let go of next
}

// NewProjector makes a Projector, which does nothing before Run.
func NewProjector(config Config) *Projector {
	config.PollInterval = cmp.Or(config.PollInterval, 5*time.Second)
	config.BatchSize = cmp.Or(config.BatchSize, 2000)
	if config.ObserveStatusDuration == nil {
		config.ObserveStatusDuration = func(string, time.Duration) {}
	}
	q := New(config.Pool)
	return &Projector{config: config, q: q, rows: writer{q}, zones: zones{}}
}

// Run projects until ctx ends. PostgreSQL may go away and come back.
func (p *Projector) Run(ctx context.Context) error {
	const gather, longPause = 500 * time.Millisecond, time.Second // events that come together are counted together
	failing := false
	for ctx.Err() == nil {
		more, err := p.ProcessBatch(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			if !failing {
				p.config.Log.WarnContext(ctx, "the key figures are not kept; trying again", "error", err)
			}
			failing = true
			store.SleepContext(ctx, longPause)
		case !more:
			failing = false
			if !p.tidy(ctx) {
				p.await(ctx)
			}
			store.SleepContext(ctx, gather)
		default:
			failing = false
		}
	}
	return nil
}

// await waits until it is told of events, or it is time to look for them, or ctx ends.
func (p *Projector) await(ctx context.Context) {
	timer := time.NewTimer(p.config.PollInterval)
	defer timer.Stop()
	select {
	case <-p.config.Signal:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// ProcessBatch counts the next events, and says whether there may be more already. It makes all anew where that has to be: the first
// time, and when the log does not reach back to where it was read last.
func (p *Projector) ProcessBatch(ctx context.Context) (more bool, err error) {
	progress, err := p.q.getProgress(ctx)
	if err != nil {
		return false, store.Wrap("how far the log was read", err)
	}
	if !progress.Built {
		return false, p.buildFrom(ctx, progress)
	}
	at := store.Position{XID: progress.XID, Seq: progress.Seq}
	events, upTo, err := p.config.Events.ReadAfter(ctx, at, p.config.BatchSize)
	if p.config.Events.NeedsResync(err) {
		p.config.Log.WarnContext(ctx, "the log does not reach back to where the key figures are; they are made anew", "error", err)
		return false, p.buildFrom(ctx, progress)
	}
	if err != nil || upTo == at {
		return false, store.Wrap("read the log for the key figures", err)
	}
	b := p.newBatch(ctx, events)
	err = p.config.Pool.InTx(ctx, func(db store.DB) error {
		q := New(db)
		moved, err := q.advanceProgress(ctx, advanceProgressParams{XID: upTo.XID, Seq: upTo.Seq, FromXid: at.XID, FromSeq: at.Seq})
		if err != nil || moved == 0 { // somebody else has counted them
			b.left = nil
			return store.Wrap("move on in the log", err)
		}
		return b.write(ctx, q)
	})
	if err != nil {
		return false, store.Wrap("count events", err)
	}
	for _, l := range b.left {
		p.config.ObserveStatusDuration(l.status, l.took)
	}
	return len(events) == int(p.config.BatchSize), nil
}
