package kpis

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

const (
	trimEvery = time.Hour
	day       = 24 * time.Hour
	// margin is how much longer than its day a fact is kept: days are the stores', and clocks differ.
	margin = 2 * day
)

// finalBefore is the first day that is counted anew when something changes. Those before it are final: they stay as they were
// counted last, and their facts go. A figure reaches back so far.
func (p *Projector) finalBefore() time.Time {
	return p.config.Now().UTC().Truncate(day).Add(-MaxDays * day)
}

// DeleteExpired lets go of facts of final days, and says whether there may be more of them: it takes some at a time, as each event that
// is counted meanwhile waits for it. It does nothing while the figures are made anew.
func (p *Projector) DeleteExpired(ctx context.Context) (more bool, err error) {
	before := p.finalBefore().Add(-margin)
	err = p.config.Pool.TryWithLockInTx(ctx, building, func(db store.DB) error {
		q := New(db)
		tasks, err := q.deleteExpiredTasks(ctx, deleteExpiredTasksParams{Below: firstID(before), Before: before, RowLimit: p.config.BatchSize})
		if err != nil {
			return store.Wrap("trim tasks", err)
		}
		said, err := q.deleteExpiredFeedback(ctx, deleteExpiredFeedbackParams{Before: before, RowLimit: p.config.BatchSize})
		more = max(tasks, said) == int64(p.config.BatchSize)
		return store.Wrap("trim feedback", err)
	})
	return more, err
}

// tidy trims when it is time for that, and says whether it goes on at once.
func (p *Projector) tidy(ctx context.Context) (more bool) {
	now := p.config.Now()
	if now.Before(p.trimAt) {
		return false
	}
	more, err := p.DeleteExpired(ctx)
	if err != nil && ctx.Err() == nil {
		p.config.Log.WarnContext(ctx, "facts of old key figures were not let go of; trying again in an hour", "error", err)
	}
	if !more {
		p.trimAt = now.Add(trimEvery)
	}
	return more
}

// firstID is the lowest id of what is made at an instant: ids begin with the milliseconds.
func firstID(at time.Time) (id uuid.UUID) {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	copy(id[:6], ms[2:])
	return id
}
