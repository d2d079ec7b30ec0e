package events

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// Page is a part of what happened in a store.
type Page struct {
	Events []*Event
	Cursor string // behind them; it moves on even when there are none, so that a quiet store's does not age
	More   bool   // there are more behind it already
}

// Changes reads what happened in a store behind a position, the oldest first. An empty position is the oldest that is
// kept. It answers ErrResync, or INVALID for what is no position.
func (l *Log) Changes(ctx context.Context, scope auth.Scope, storeID uuid.UUID, after string, first int32) (Page, error) {
	b, err := l.q.bounds(ctx)
	if err != nil {
		return Page{}, fmt.Errorf("bounds of the log: %w", err)
	}
	at := store.Position{XID: b.HorizonXid, Seq: b.HorizonSeq}
	if after != "" {
		if at, err = store.ParsePosition(after); err != nil {
			return Page{}, err
		}
		if err := b.check(at); err != nil {
			return Page{}, err
		}
	}
	rows, err := l.q.pageOfStore(ctx, pageOfStoreParams{
		StoreID: uuid.NullUUID{UUID: storeID, Valid: true}, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		AfterXid: at.XID, AfterSeq: at.Seq, SettledXid: b.Xmin, RowLimit: store.Limit(first),
	})
	if err != nil {
		return Page{}, fmt.Errorf("changes of a store: %w", err)
	}
	page := store.Cut(eventsOf(rows), first)
	end := store.Position{XID: b.Xmin}
	switch {
	case page.More:
		end = page.Items[len(page.Items)-1].Position
	case end.Before(at):
		end = at
	}
	return Page{Events: page.Items, Cursor: end.String(), More: page.More}, nil
}
