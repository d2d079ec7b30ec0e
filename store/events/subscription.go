package events

import (
	"context"
	"errors"
	"fmt"

	"aisle/store"
)

// A Subscription reads the log as it grows, from a position on. Near the end of the log it reads the ring, which needs no
// statement; further back it reads the table, a page at a time. It buffers nothing, so a slow subscriber costs nothing. It
// is for one goroutine.
type Subscription struct {
	log    *Log
	cursor *cursor
}

// Subscribe starts after a position; from now on if it is empty. The caller must close the subscription. It waits until the
// tailer has started. The error may be ErrPositionExpired, ErrUnknownPosition, or INVALID for text that is no position.
func (l *Log) Subscribe(ctx context.Context, after string, f Filter) (*Subscription, error) {
	select {
	case <-l.tailer.started:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the event log: %w", ctx.Err())
	}
	start, end, epoch := l.ring.bounds()
	at := end
	if after != "" {
		var err error
		if at, err = store.ParsePosition(after); err != nil {
			return nil, err
		}
		if at != start && at != end && !l.ring.contains(at) { // a position that the ring knows needs no statement
			if err := l.table.checkPosition(ctx, at); err != nil {
				return nil, err
			}
		}
	}
	c := newCursor(f, at, epoch)
	if after != "" {
		c.setSent(at)
	}
	l.ring.register(c)
	l.readers.record(&readerPosition{filter: f, shards: c.shards, cursor: c})
	return &Subscription{log: l, cursor: c}, nil
}

// Next waits for events and returns them in order, each once. At the latest Config.CheckpointInterval after the last event
// it returns a checkpoint, if the log has advanced, or if the subscription started without a position. All events up to a
// checkpoint's position that match the filter have been returned. A subscription that reads the table also waits while
// PostgreSQL is unavailable. The error may be ErrPositionExpired, when the log was truncated after the position of the subscription, or
// ErrUnknownPosition, when the log was replaced by another one.
func (s *Subscription) Next(ctx context.Context) ([]*Event, error) {
	const limit = 500
	for {
		batch, upTo, evicted, err := s.log.ring.read(s.cursor, limit)
		if evicted {
			batch, upTo, _, err = s.log.readTable(ctx, s.cursor.at, s.cursor.filter, limit)
		}
		if err == nil {
			err = s.log.hydrator.hydrate(ctx, batch)
		}
		if err != nil && ctx.Err() == nil && !errors.As(err, new(*store.UserError)) {
			s.log.config.Log.DebugContext(ctx, "cannot read the event log for a subscriber; retrying", "error", err)
			store.SleepContext(ctx, reconnectDelay)
			continue
		}
		if err != nil {
			return nil, err
		}
		s.cursor.advance(upTo, batch)
		if len(batch) > 0 {
			return batch, nil
		}
		if s.cursor.takeCheckpoint() {
			return []*Event{newCheckpoint(upTo, s.log.config.Now())}, nil
		}
		if evicted {
			continue
		}
		select {
		case <-s.cursor.wake:
		case <-ctx.Done():
			return nil, ctx.Err() //nolint:wrapcheck // the caller's own context
		}
	}
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.log.ring.unregister(s.cursor)
	s.log.readers.disconnect(s.cursor, s.log.config.Now())
}
