package events

import (
	"context"
	"time"

	"aisle/store"
)

// A Page is a part of the log, for clients that poll.
type Page struct {
	Events  []*Event
	Cursor  string // continue here; it advances without events, too, so that a quiet store's cursor does not expire
	HasMore bool   // also for a page that is not full: only a part of a long log is searched at once
}

// ReadChanges reads up to first events after a position, the oldest first.
// The error may be ErrPositionExpired, ErrUnknownPosition, or INVALID for text that is no position.
func (l *Log) ReadChanges(ctx context.Context, f Filter, after string, first int32) (Page, error) {
	at, err := store.ParsePosition(after)
	if err != nil {
		return Page{}, err
	}
	list, end, isPartial, err := l.readTable(ctx, at, f, store.RowLimit(first))
	if err != nil {
		return Page{}, err
	}
	page := store.NewPage(list, first)
	if page.HasMore {
		end = page.Items[len(page.Items)-1].Position
	}
	l.readers.record(&readerPosition{
		filter: f, shards: f.shardKeys(), at: end, deliveredAt: lastOccurredAt(page.Items), lastSeen: l.config.Now(),
	})
	return Page{Events: page.Items, Cursor: end.String(), HasMore: page.HasMore || isPartial}, nil
}

// lastOccurredAt returns when the last event occurred; zero for none.
func lastOccurredAt(list []*Event) time.Time {
	if len(list) == 0 {
		return time.Time{}
	}
	return list[len(list)-1].OccurredAt
}
