package kpis

import (
	"context"
	"fmt"
	"time"

	"aisle/store"
)

// Run projects until ctx ends, also while PostgreSQL fails.
func (p *Projector) Run(ctx context.Context) error {
	const gatherDelay, retryDelay = 500 * time.Millisecond, time.Second // events that come close together share a transaction
	failing := false
	for ctx.Err() == nil {
		more, err := p.ProcessBatch(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			if !failing {
				p.config.Log.WarnContext(ctx, "cannot update the KPIs; retrying", "error", err)
			}
			failing = true
			store.SleepContext(ctx, retryDelay)
		case !more:
			failing = false
			if !p.deleteExpiredIfDue(ctx) {
				p.wait(ctx)
			}
			store.SleepContext(ctx, gatherDelay)
		default:
			failing = false
		}
	}
	return nil
}

// wait waits for a signal, for PollInterval, or for the end of ctx.
func (p *Projector) wait(ctx context.Context) {
	timer := time.NewTimer(p.config.PollInterval)
	defer timer.Stop()
	select {
	case <-p.config.Signal:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// ProcessBatch projects the next events, and reports whether there may be more. It rebuilds the rows the first time, and when
// the log does not reach back to the projector's position.
func (p *Projector) ProcessBatch(ctx context.Context) (more bool, err error) {
	progress, err := p.q.getProgress(ctx)
	if err != nil {
		return false, fmt.Errorf("read the projector's position: %w", err)
	}
	if !progress.Built {
		return false, p.rebuildIfUnchanged(ctx, progress)
	}
	at := store.Position{XID: progress.XID, Seq: progress.Seq}
	events, upTo, err := p.config.Events.ReadAfter(ctx, at, p.config.BatchSize)
	if p.config.Events.NeedsResync(err) {
		p.config.Log.WarnContext(ctx, "the event log does not reach back to the position of the KPIs; rebuilding them", "error", err)
		return false, p.rebuildIfUnchanged(ctx, progress)
	}
	if err != nil {
		return false, fmt.Errorf("read the event log for the KPIs: %w", err)
	}
	if upTo == at {
		return false, nil
	}
	b := newEventBatch(ctx, events, p.timezones, p.firstOpenDay(), p.config.Log)
	err = p.config.Pool.InTx(ctx, func(db store.DB) error {
		q := New(db)
		advanced, err := q.advanceProgress(ctx, advanceProgressParams{XID: upTo.XID, Seq: upTo.Seq, FromXid: at.XID, FromSeq: at.Seq})
		if err != nil {
			return fmt.Errorf("advance in the event log: %w", err)
		}
		if advanced == 0 { // another node has projected these events
			b.statusDurations = nil
			return nil
		}
		return b.project(ctx, q)
	})
	if err != nil {
		return false, fmt.Errorf("project events: %w", err)
	}
	for _, d := range b.statusDurations {
		p.config.ObserveStatusDuration(d.status, d.duration)
	}
	return len(events) == int(p.config.BatchSize), nil
}

// project runs the batch in the transaction of q, which also advances the position in the log.
func (b *eventBatch) project(ctx context.Context, q *Queries) error {
	if err := b.load(ctx, q); err != nil {
		return err
	}
	for _, e := range b.events {
		b.apply(e)
	}
	return b.write(ctx, rowWriter{q})
}
