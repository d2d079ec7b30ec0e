package events

import (
	"context"
	"fmt"
	"time"

	"aisle/auth"
	"aisle/store"
)

// Page is a part of what happened in a store.
type Page struct {
	Events  []*Event
	Cursor  string // behind them; it moves on even when there are none, so that a quiet store's does not age
	HasMore bool   // there are more behind it already
}

// ReadChanges reads what happened behind a position, the oldest first. An empty position is the oldest that is kept. It answers
// ErrPositionExpired, ErrUnknownPosition, or INVALID for what is no position.
func (l *Log) ReadChanges(ctx context.Context, f Filter, after string, first int32) (Page, error) {
	at, err := l.from(ctx, after)
	if err != nil {
		return Page{}, err
	}
	list, end, err := l.page(ctx, at, f, store.RowLimit(first))
	if err != nil {
		return Page{}, err
	}
	page := store.NewPage(list, first)
	if page.HasMore {
		end = page.Items[len(page.Items)-1].Position
	}
	l.readers.put(&reading{filter: f, lanes: f.lanes(), at: end, given: newestOf(page.Items), left: l.config.Now()})
	return Page{Events: page.Items, Cursor: end.String(), HasMore: page.HasMore}, nil
}

// from is the position to read from.
func (l *Log) from(ctx context.Context, after string) (store.Position, error) {
	if after != "" {
		return store.ParsePosition(after)
	}
	b, err := l.q.getBounds(ctx, getBoundsParams{})
	if err != nil {
		return store.Position{}, fmt.Errorf("bounds of the log: %w", err)
	}
	return store.Position{XID: b.HorizonXid, Seq: b.HorizonSeq}, nil
}

// newestOf is when the last of the events happened; zero for none.
func newestOf(list []*Event) time.Time {
	if len(list) == 0 {
		return time.Time{}
	}
	return list[len(list)-1].OccurredAt
}

// LastPosition is the place of the newest event that is settled: all statements from now on see what happened up to it.
func (l *Log) LastPosition(ctx context.Context) (store.Position, error) { return l.end(ctx) }

// ReadAfter reads what happened behind a position, whoever may see it, for what follows the log on behalf of the system: most
// events at most, the oldest first, and the position up to which they are all. Near the end of the log it costs no statement,
// where the node reads it. It answers ErrPositionExpired or ErrUnknownPosition.
func (l *Log) ReadAfter(ctx context.Context, at store.Position, most int32) ([]*Event, store.Position, error) {
	if list, upTo, known := l.ring.behind(at, int(most)); known {
		return list, upTo, nil
	}
	return l.page(ctx, at, Filter{Scope: auth.SystemScope()}, most)
}
