package events

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

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
	life   int // of the ring, that it is a place in
	wake   chan struct{}

	mu    sync.Mutex // of what follows, which figures look at
	at    store.Position
	given time.Time // when the newest event happened that Next gave; zero before that
}

// Subscribe begins to follow the log behind a position, which may be empty: from now on. It must be closed. It answers
// ErrPositionExpired, ErrUnknownPosition, or INVALID for what is no position.
func (l *Log) Subscribe(ctx context.Context, after string, f Filter) (*Subscription, error) {
	select {
	case <-l.started:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the log of events: %w", ctx.Err())
	}
	begin, end, life := l.ring.reach()
	s := &Subscription{log: l, filter: f, lanes: f.lanes(), at: end, life: life, wake: make(chan struct{}, 1)}
	if after != "" {
		var err error
		if s.at, err = store.ParsePosition(after); err != nil {
			return nil, err
		}
		if s.at != begin && s.at != end && !l.ring.has(s.at) { // else the ring knows the place, and it costs no statement
			if err := l.check(ctx, s.at); err != nil {
				return nil, err
			}
		}
	}
	l.ring.join(s, s.lanes)
	l.readers.put(&reading{filter: f, lanes: s.lanes, open: s})
	return s, nil
}

// Next waits until there are events, and gives them in order: each of them once. While PostgreSQL is away who is behind
// the ring waits, too. It answers ErrPositionExpired when the log was cut off behind the subscription, and
// ErrUnknownPosition when it goes on from an earlier place.
func (s *Subscription) Next(ctx context.Context) ([]*Event, error) {
	const most = 500
	for {
		batch, upTo, behind, err := s.log.ring.read(s, most)
		if behind {
			batch, upTo, err = s.log.page(ctx, s.at, s.filter, most)
		}
		if err == nil {
			err = s.log.relate(ctx, batch)
		}
		if err != nil && ctx.Err() == nil && !errors.As(err, new(*store.UserError)) {
			s.log.config.Log.DebugContext(ctx, "the log of events cannot be read for who follows it; trying again", "error", err)
			store.SleepContext(ctx, longPause)
			continue
		}
		if err != nil {
			return nil, err
		}
		s.move(upTo, batch)
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

// listEvents reads the table behind a position: most events at most, and the position up to which that is all. It answers
// ErrPositionExpired or ErrUnknownPosition.
func (l *Log) page(ctx context.Context, at store.Position, f Filter, most int32) ([]*Event, store.Position, error) {
	_, end, _ := l.ring.reach() // it was settled before the statement, which so reads all up to there, or a full page
	rows, err := l.rows(ctx, at, f, most)
	if err != nil {
		return nil, at, fmt.Errorf("page of the log: %w", err)
	}
	// The horizon moves before the days behind it go. Looking at it after the reading shows every gap.
	if err := l.check(ctx, at); err != nil {
		return nil, at, err
	}
	upTo := at
	if n := len(rows); n > 0 {
		upTo = store.Position{XID: rows[n-1].XID, Seq: rows[n-1].Seq}
	}
	if len(rows) < int(most) {
		upTo = latest(upTo, end)
	}
	return eventsOf(rows), upTo, nil
}

// rows reads what is settled. A single store's is read in the order of its own index.
func (l *Log) rows(ctx context.Context, at store.Position, f Filter, most int32) ([]EventRow, error) {
	p := listEventsParams{
		AfterXid: at.XID, AfterSeq: at.Seq, Never: words(f.ExcludedTypes), Stores: f.Stores, RowLimit: most, ScopeAll: f.Scope.All(),
		ScopeStores: f.Scope.StoreIDs(), ScopeWholeRegion: f.Scope.WholeRegion(), ScopeRegion: f.Scope.RegionID(),
		ScopeManagesStaff: f.Scope.ManagesStaff(), ScopeEmployee: f.Scope.EmployeeID(),
	}
	if f.Types != nil {
		p.Types = words(f.Types)
	}
	if len(f.Stores) != 1 {
		return l.lists.listEvents(ctx, p)
	}
	return l.q.listEventsByStore(ctx, listEventsByStoreParams{
		StoreID: uuid.NullUUID{UUID: f.Stores[0], Valid: true}, AfterXid: p.AfterXid, AfterSeq: p.AfterSeq, Types: p.Types, Never: p.Never,
		RowLimit: p.RowLimit, ScopeAll: p.ScopeAll, ScopeStores: p.ScopeStores, ScopeWholeRegion: p.ScopeWholeRegion,
		ScopeRegion: p.ScopeRegion, ScopeManagesStaff: p.ScopeManagesStaff, ScopeEmployee: p.ScopeEmployee,
	})
}

// check answers ErrPositionExpired for a position that the log does not reach back to, and ErrUnknownPosition for one that is not of this
// database's life.
// Every cursor is the place of an event, or the horizon. One that is of an event that is not there comes from a database
// of before, which has been restored from a backup, or from another: its transaction ids say nothing here.
func (l *Log) check(ctx context.Context, p store.Position) error {
	b, err := l.q.getBounds(ctx, getBoundsParams{XID: p.XID, Seq: p.Seq})
	if err != nil {
		return fmt.Errorf("bounds of the log: %w", err)
	}
	horizon := store.Position{XID: b.HorizonXid, Seq: b.HorizonSeq}
	foreign := p.XID > b.Xmax || p.Seq != 0 && p != horizon && !b.Known
	switch {
	case p.Before(horizon):
		return ErrPositionExpired
	case foreign:
		return ErrUnknownPosition
	default:
		return nil
	}
}

// ring wakes who waits in Next.
func (s *Subscription) ring() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake already
	}
}

// move notes what was given. Only Next does so, and it alone may look at the place without the lock.
func (s *Subscription) move(upTo store.Position, batch []*Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = upTo
	if n := len(batch); n > 0 {
		s.given = batch[n-1].OccurredAt
	}
}

// place is up to where all was given.
func (s *Subscription) place() store.Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

// lastGiven is when the newest event happened that was given; zero for none.
func (s *Subscription) lastGiven() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.given
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.log.ring.leave(s, s.lanes)
	s.log.readers.leave(s, s.log.config.Now())
}
