package kpis

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

const (
	retentionInterval = time.Hour
	oneDay            = 24 * time.Hour
	// retentionMargin is how much longer than its day a task or feedback is stored: days depend on the store's time zone, and
	// clocks differ.
	retentionMargin = 2 * oneDay
)

// firstOpenDay returns the first day that is still recounted. Earlier days are final: their tasks and feedback are deleted.
func (p *Projector) firstOpenDay() time.Time {
	return p.config.Now().UTC().Truncate(oneDay).Add(-MaxDays * oneDay)
}

// DeleteExpired deletes tasks and feedback of final days, up to BatchSize of each, because the projector waits meanwhile.
// more reports that there may be others. It does nothing during a rebuild.
func (p *Projector) DeleteExpired(ctx context.Context) (more bool, err error) {
	before := p.firstOpenDay().Add(-retentionMargin)
	err = p.config.Pool.TryWithLockInTx(ctx, rebuildLock, func(db store.DB) error {
		q := New(db)
		tasks, err := q.deleteExpiredTasks(ctx, deleteExpiredTasksParams{
			Below: minIDAt(before), Before: before, RowLimit: p.config.BatchSize,
		})
		if err != nil {
			return fmt.Errorf("delete expired tasks: %w", err)
		}
		feedback, err := q.deleteExpiredFeedback(ctx, deleteExpiredFeedbackParams{Before: before, RowLimit: p.config.BatchSize})
		more = max(tasks, feedback) == int64(p.config.BatchSize)
		if err != nil {
			return fmt.Errorf("delete expired feedback: %w", err)
		}
		return nil
	})
	return more, err
}

// deleteExpiredIfDue calls DeleteExpired once an hour, and again at once while there is more.
func (p *Projector) deleteExpiredIfDue(ctx context.Context) (more bool) {
	now := p.config.Now()
	if now.Before(p.nextRetention) {
		return false
	}
	more, err := p.DeleteExpired(ctx)
	if err != nil && ctx.Err() == nil {
		p.config.Log.WarnContext(ctx, "cannot delete expired KPI data; retrying in an hour", "error", err)
	}
	if !more {
		p.nextRetention = now.Add(retentionInterval)
	}
	return more
}

// minIDAt returns the lowest UUIDv7 of an instant: these ids begin with the milliseconds.
func minIDAt(at time.Time) (id uuid.UUID) {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	copy(id[:6], ms[2:])
	return id
}
