package events

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/store"
)

// A Subscription is somebody's place in the log. While it is near the end it reads the ring, which costs no statement;
// when it is too far back it reads the table, a page at a time. It holds nothing but its place, so one that is slow
// costs nothing. It is for one goroutine.
type Subscription struct {
	log    *Log
	filter Filter
	lanes  []uuid.UUID
	at     store.Position
	wake   chan struct{}
}

// Subscribe begins to follow the log behind a position, which may be empty: from now on. It must be closed. It answers
// ErrResync, or INVALID for what is no position.
func (l *Log) Subscribe(ctx context.Context, after string, f Filter) (*Subscription, error) {
	select {
	case <-l.started:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the log of events: %w", ctx.Err())
	}
	s := &Subscription{log: l, filter: f, lanes: f.lanes(), wake: make(chan struct{}, 1)}
	if after == "" {
		s.at = l.ring.end()
	} else {
		var err error
		if s.at, err = store.ParsePosition(after); err != nil {
			return nil, err
		}
		if err := l.check(ctx, s.at); err != nil {
			return nil, err
		}
	}
	l.ring.join(s, s.lanes)
	return s, nil
}

// check answers ErrResync for a position that the log does not reach back to, or that is not of this database's life.
// One in the ring's reach costs no statement.
func (l *Log) check(ctx context.Context, p store.Position) error {
	if !p.Before(l.ring.begin) && !l.ring.end().Before(p) {
		return nil
	}
	b, err := l.q.bounds(ctx)
	if err != nil {
		return fmt.Errorf("bounds of the log: %w", err)
	}
	return b.check(p)
}

func (b boundsRow) check(p store.Position) error {
	horizon := store.Position{XID: b.HorizonXid, Seq: b.HorizonSeq}
	if p.Before(horizon) || p.XID > b.Xmax {
		return ErrResync
	}
	return nil
}

// Next waits until there are events, and gives them in order: each of them once. It answers ErrResync when the log was
// cut off behind the subscription.
func (s *Subscription) Next(ctx context.Context) ([]*Event, error) {
	const most = 500
	for {
		batch, upTo, behind := s.log.ring.read(s.at, s.filter, s.lanes, most)
		if behind {
			var err error
			if batch, upTo, err = s.page(ctx, most); err != nil {
				return nil, err
			}
		}
		s.at = upTo
		if len(batch) > 0 {
			return batch, nil
		}
		if behind {
			continue
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return nil, ctx.Err() //nolint:wrapcheck // the caller's own end
		}
	}
}

// page reads the table where the ring does not reach.
func (s *Subscription) page(ctx context.Context, most int32) (batch []*Event, upTo store.Position, err error) {
	l := s.log
	b, err := l.q.bounds(ctx)
	if err != nil {
		return nil, s.at, fmt.Errorf("bounds of the log: %w", err)
	}
	if err := b.check(s.at); err != nil {
		return nil, s.at, err
	}
	rows, err := s.rows(ctx, b.Xmin, most)
	if err != nil {
		return nil, s.at, fmt.Errorf("page of the log: %w", err)
	}
	batch = eventsOf(rows)
	if err := l.relate(ctx, batch); err != nil {
		return nil, s.at, err
	}
	if len(batch) == int(most) {
		return batch, batch[most-1].Position, nil
	}
	upTo = store.Position{XID: b.Xmin}
	if upTo.Before(s.at) {
		upTo = s.at
	}
	return batch, upTo, nil
}

// rows reads a page of what is settled. A single store's is read in the order of its own index.
func (s *Subscription) rows(ctx context.Context, settled int64, most int32) ([]Row, error) {
	scope := s.filter.Scope
	if len(s.filter.Stores) == 1 {
		return s.log.q.pageOfStore(ctx, pageOfStoreParams{
			StoreID: uuid.NullUUID{UUID: s.filter.Stores[0], Valid: true}, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
			AfterXid: s.at.XID, AfterSeq: s.at.Seq, SettledXid: settled, Types: s.filter.words(), RowLimit: most,
		})
	}
	return s.log.q.page(ctx, pageParams{
		AfterXid: s.at.XID, AfterSeq: s.at.Seq, SettledXid: settled, Types: s.filter.words(), Stores: s.filter.Stores, RowLimit: most,
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ScopeWholeRegion: scope.WholeRegion(), ScopeRegion: scope.RegionID(),
	})
}

// ring wakes who waits in Next.
func (s *Subscription) ring() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Close ends the subscription.
func (s *Subscription) Close() { s.log.ring.leave(s, s.lanes) }
