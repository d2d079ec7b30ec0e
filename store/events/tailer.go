package events

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"aisle/store"
)

// The tailer's times and sizes.
const (
	statementTimeout = 5 * time.Second
	reconnectDelay   = time.Second           // after PostgreSQL failed
	minDelay         = 5 * time.Millisecond  // between two reads, so that many commits are read at once
	maxSettleDelay   = 50 * time.Millisecond // between two reads while a long transaction delays settling
	batchSize        = 1000
)

// A tailer reads the log into the ring as it grows.
type tailer struct {
	pool         store.Pool
	table        eventTable
	ring         *ring
	watchers     watchers
	hydrator     *hydrator
	notified     <-chan struct{} // has an element when new events were committed
	log          *slog.Logger
	now          func() time.Time
	pollInterval time.Duration

	checkpointInterval time.Duration
	checkpointAt       time.Time // the last time that subscribers were asked for a checkpoint

	started    chan struct{} // closed at the first start
	caughtUpAt atomic.Int64  // in Unix nanoseconds, see Log.CaughtUpAt

	// Only run uses these.
	at          store.Position
	hasStarted  bool
	interrupted bool          // PostgreSQL failed, or the tailer stopped: check that the log is still the same one
	settleDelay time.Duration // the next delay while events are unsettled
}

// run reads until ctx ends, also while PostgreSQL fails. A second call continues where the ring ends.
func (t *tailer) run(ctx context.Context) error {
	if t.hasStarted {
		_, t.at, _ = t.ring.bounds()
		t.interrupted = true
	}
	for ctx.Err() == nil {
		delay, untilNotified, err := t.step(ctx)
		switch {
		case ctx.Err() != nil: // the cause of err
		case err != nil && !t.interrupted:
			t.interrupted = true
			t.log.WarnContext(ctx, "cannot read the event log; retrying", "error", err)
		case err == nil && t.interrupted:
			t.interrupted = false
			t.log.InfoContext(ctx, "reading the event log again")
		}
		if untilNotified {
			store.SleepContext(ctx, minDelay)
			t.wait(ctx, delay)
		} else {
			store.SleepContext(ctx, delay)
		}
	}
	return nil
}

// step reads one batch. It returns the delay until the next step, and whether a notification ends the delay.
func (t *tailer) step(ctx context.Context) (delay time.Duration, untilNotified bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	if !t.hasStarted || t.interrupted {
		if err := t.start(ctx); err != nil {
			return reconnectDelay, false, err
		}
	}
	limit := int32(batchSize)
	if t.settleDelay > minDelay {
		limit = 1 // do not read all events that wait for a long transaction again and again
	}
	readAt := t.now()
	batch, unsettled, err := t.read(ctx, limit)
	if err != nil {
		return reconnectDelay, false, err
	}
	if n := len(batch); n > 0 {
		t.watchers.onEvents(batch)
		t.ring.add(batch)
		t.at = batch[n-1].Position
	}
	if t.now().Sub(t.checkpointAt) >= t.checkpointInterval {
		t.checkpointAt = t.now()
		t.ring.requestCheckpoints()
	}
	if !unsettled || len(batch) > 0 {
		t.caughtUpAt.Store(readAt.UnixNano())
	}
	if unsettled && len(batch) == 0 {
		delay = t.settleDelay
		t.settleDelay = min(2*t.settleDelay, maxSettleDelay)
		return delay, false, nil
	}
	t.settleDelay = minDelay
	switch {
	case unsettled:
		return minDelay, false, nil
	case len(batch) == int(limit):
		return 0, false, nil
	default:
		return t.pollInterval, true, nil
	}
}

// start resets the ring to the end of the log. After an interruption it does so only if the log is another one: a database
// that was restored from a backup continues at an earlier position, and the ring would wait in vain for the position that it
// had reached.
func (t *tailer) start(ctx context.Context) error {
	if t.hasStarted {
		err := t.table.checkPosition(ctx, t.at)
		if !NeedsResync(err) {
			return err
		}
		t.log.WarnContext(ctx, "the event log is not the one that was read before; subscribers must resync")
		if err := createPartitionsBriefly(ctx, t.pool, t.log); err != nil { // a backup may lack today's partition
			return err
		}
	}
	at, err := t.table.lastPosition(ctx)
	if err != nil {
		return err
	}
	if err := t.watchers.replay(ctx, t.table.q, at); err != nil {
		return err
	}
	t.at = at
	t.ring.reset(at)
	if !t.hasStarted {
		t.hasStarted = true
		close(t.started)
	}
	return nil
}

// read returns up to limit settled events after t.at, and whether an unsettled one follows. The statement also returns the
// event at t.at. If that is missing, the log is another one: a replica without it was promoted, and no connection broke.
func (t *tailer) read(ctx context.Context, limit int32) (batch []*Event, unsettled bool, err error) {
	rows, err := t.table.q.listTail(ctx, listTailParams{AtXid: t.at.XID, AtSeq: t.at.Seq, RowLimit: limit + 1})
	if err != nil {
		return nil, false, fmt.Errorf("tail of the event log: %w", err)
	}
	if len(rows) > 0 && (store.Position{XID: rows[0].EventRow.XID, Seq: rows[0].EventRow.Seq}) == t.at {
		rows = rows[1:]
	} else if err := t.table.checkPosition(ctx, t.at); err != nil {
		return nil, false, err
	}
	rows = rows[:min(len(rows), int(limit))]
	for _, r := range rows {
		if !r.Settled {
			unsettled = true
			break
		}
		batch = append(batch, newEvent(r.EventRow))
	}
	if !t.ring.hasCursors() { // a later subscriber hydrates the events itself
		return batch, unsettled, nil
	}
	return batch, unsettled, t.hydrator.hydrate(ctx, batch)
}

// wait waits for a notification, but not longer than timeout.
func (t *tailer) wait(ctx context.Context, timeout time.Duration) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-t.notified:
	case <-timer.C:
	case <-ctx.Done():
	}
}
