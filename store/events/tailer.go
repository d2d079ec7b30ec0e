package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"aisle/store"
)

// The times of the tailer.
const (
	patience  = 5 * time.Second       // for one statement
	longPause = time.Second           // when PostgreSQL is away
	shortest  = 5 * time.Millisecond  // between two reads, so that many commits are read together; while some settle, too
	longest   = 50 * time.Millisecond // the same, when settling takes long
	batchSize = 1000
)

// tailer reads the log as it grows into the ring.
type tailer struct {
	*Log

	at       store.Position
	begun    bool
	lost     bool          // PostgreSQL is away, or the tailer was
	settling time.Duration // the next pause while something is about to settle
}

// RunTailer reads the log as it grows, until ctx ends. PostgreSQL may go away and come back. When it is called again it goes
// on where the ring ends.
func (l *Log) RunTailer(ctx context.Context) error {
	t := l.tailer
	if t.begun {
		t.at, t.lost = l.Position(), true
	}
	for ctx.Err() == nil {
		wait, bell, err := t.step(ctx)
		switch {
		case ctx.Err() != nil: // which is why
		case err != nil && !t.lost:
			t.lost = true
			l.config.Log.WarnContext(ctx, "the log of events cannot be read; trying again", "error", err)
		case err == nil && t.lost:
			t.lost = false
			l.config.Log.InfoContext(ctx, "the log of events is read again")
		}
		if bell {
			store.SleepContext(ctx, shortest)
			l.wait(ctx, wait)
		} else {
			store.SleepContext(ctx, wait)
		}
	}
	return nil
}

// step reads once, and says how long to wait, and whether the bell ends that.
func (t *tailer) step(ctx context.Context) (wait time.Duration, bell bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if !t.begun || t.lost {
		if err := t.begin(ctx); err != nil {
			return longPause, false, err
		}
	}
	blocked := t.settling > shortest
	most := int32(batchSize)
	if blocked {
		most = 1 // what waits behind a long transaction need not be read whole each time
	}
	asked := t.config.Now()
	batch, pending, err := t.read(ctx, most)
	if err != nil {
		return longPause, false, err
	}
	if n := len(batch); n > 0 {
		t.put(batch)
		t.at = batch[n-1].Position
	}
	if !pending || len(batch) > 0 {
		t.current.Store(asked.UnixNano())
	}
	switch {
	case pending && len(batch) == 0:
		wait = t.settling
		t.settling = min(2*t.settling, longest)
		return wait, false, nil
	case pending:
		t.settling = shortest
		return shortest, false, nil
	case len(batch) == int(most):
		t.settling = shortest
		return 0, false, nil
	default:
		t.settling = shortest
		return t.config.PollInterval, true, nil
	}
}

// begin finds where the log ends now: the ring begins there. After an outage it sees to it that the log is still the
// one that was read: a database that was restored from a backup goes on from an earlier place, and without a word the
// ring would wait for it to get where it was.
func (t *tailer) begin(ctx context.Context) error {
	if t.begun {
		err := t.check(ctx, t.at)
		if !NeedsResync(err) {
			return err
		}
		t.config.Log.WarnContext(ctx, "the log of events is not the one that was read before; all who follow it must begin anew")
		if err := t.makeDays(ctx); err != nil { // a backup has only the days that were ahead of it
			return err
		}
	}
	at, err := t.end(ctx)
	if err != nil {
		return err
	}
	if err := t.remember(ctx, at); err != nil {
		return err
	}
	t.at = at
	t.ring.start(at)
	if !t.begun {
		t.begun = true
		close(t.started)
	}
	return nil
}

// end is the newest event that is settled. It is that and not the transaction id that is settled, because an event is
// on disk: the ids of transactions that wrote nothing in the end can come again when PostgreSQL crashes.
func (l *Log) end(ctx context.Context) (store.Position, error) {
	row, err := l.q.getLastPosition(ctx)
	if err == nil {
		return store.Position{XID: row.XID, Seq: row.Seq}, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return store.Position{}, fmt.Errorf("newest event: %w", err)
	}
	return l.from(ctx, "")
}

// read reads what is settled, and says whether more is committed and not settled yet. The event that was read last is read
// again: where it is missing the log is another one. A replica was promoted that did not have it, and no connection broke.
func (t *tailer) read(ctx context.Context, most int32) (batch []*Event, pending bool, err error) {
	rows, err := t.q.listTail(ctx, listTailParams{AtXid: t.at.XID, AtSeq: t.at.Seq, RowLimit: most + 1})
	if err != nil {
		return nil, false, fmt.Errorf("tail of the log: %w", err)
	}
	if len(rows) > 0 && (store.Position{XID: rows[0].EventRow.XID, Seq: rows[0].EventRow.Seq}) == t.at {
		rows = rows[1:]
	} else if err := t.check(ctx, t.at); err != nil {
		return nil, false, err
	}
	rows = rows[:min(len(rows), int(most))]
	for _, r := range rows {
		if !r.Settled {
			pending = true
			break
		}
		batch = append(batch, eventOf(r.EventRow))
	}
	if !t.ring.followed() { // who comes later has what they refer to read
		return batch, pending, nil
	}
	return batch, pending, t.relate(ctx, batch)
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
