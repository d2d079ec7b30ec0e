package events

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"aisle/store"
)

// An eventTable reads settled events and positions from PostgreSQL.
type eventTable struct {
	q          *Queries
	customPlan *Queries // for the statements with optional filters
	searched   int32    // how many events list looks at for those that a filter selects
}

// defaultSearched bounds the duration of a statement that selects few events of a long log.
const defaultSearched = 50_000

func newEventTable(db store.DB) eventTable {
	db = store.WithModule(db, "events")
	return eventTable{q: New(db), customPlan: New(store.WithCustomPlan(db)), searched: defaultSearched}
}

// lastPosition returns the position of the newest settled event; the horizon when there is none. It is the position of an
// event, and not the snapshot's xmin, because an event is on disk: PostgreSQL can reuse the ids of transactions that wrote
// nothing when it crashes.
func (t eventTable) lastPosition(ctx context.Context) (store.Position, error) {
	row, err := t.q.getLastPosition(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return t.horizon(ctx)
	}
	if err != nil {
		return store.Position{}, fmt.Errorf("newest event: %w", err)
	}
	return store.Position{XID: row.XID, Seq: row.Seq}, nil
}

// horizon returns the position where the log begins: all events up to it are dropped.
func (t eventTable) horizon(ctx context.Context) (store.Position, error) {
	b, err := t.q.getBounds(ctx, getBoundsParams{})
	if err != nil {
		return store.Position{}, fmt.Errorf("bounds of the event log: %w", err)
	}
	return store.Position{XID: b.HorizonXid, Seq: b.HorizonSeq}, nil
}

// checkPosition returns ErrPositionExpired for a position before the horizon, and ErrUnknownPosition for one that this log
// never had.
//
// Every cursor is the position of an event, or the horizon. If the event is missing, the cursor comes from another database,
// or from before a restore: its transaction ids mean nothing here.
func (t eventTable) checkPosition(ctx context.Context, p store.Position) error {
	b, err := t.q.getBounds(ctx, getBoundsParams{XID: p.XID, Seq: p.Seq})
	if err != nil {
		return fmt.Errorf("bounds of the event log: %w", err)
	}
	horizon := store.Position{XID: b.HorizonXid, Seq: b.HorizonSeq}
	unknown := p.XID > b.Xmax || p.Seq != 0 && p != horizon && !b.Known
	switch {
	case p.Before(horizon):
		return ErrPositionExpired
	case unknown:
		return ErrUnknownPosition
	default:
		return nil
	}
}

// searchEnd returns the position up to which to search for events after a position; nil if the log ends before.
func (t eventTable) searchEnd(ctx context.Context, after store.Position) (*store.Position, error) {
	row, err := t.q.getPositionAfter(ctx, getPositionAfterParams{XID: after.XID, Seq: after.Seq, Skipped: t.searched - 1})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // documented
	}
	if err != nil {
		return nil, fmt.Errorf("part of the event log to search: %w", err)
	}
	return &store.Position{XID: row.XID, Seq: row.Seq}, nil
}

// list returns up to limit events after a position, and the position up to which they are complete. If until is not nil, only
// events up to it are searched. end is a position that was settled before the call: a page that is not full reaches to
// until, otherwise at least to end. The error may be one of checkPosition's.
func (t eventTable) list(
	ctx context.Context, after store.Position, until *store.Position, end store.Position, f Filter, limit int32,
) ([]*Event, store.Position, error) {
	rows, err := t.query(ctx, after, until, f, limit)
	if err != nil {
		return nil, after, fmt.Errorf("page of the event log: %w", err)
	}
	// Check after reading: the horizon moves before partitions are dropped, so the check finds every gap.
	if err := t.checkPosition(ctx, after); err != nil {
		return nil, after, err
	}
	upTo := after
	if n := len(rows); n > 0 {
		upTo = store.Position{XID: rows[n-1].XID, Seq: rows[n-1].Seq}
	}
	switch {
	case len(rows) == int(limit):
	case until != nil:
		upTo = *until
	default:
		upTo = latest(upTo, end)
	}
	return newEvents(rows), upTo, nil
}

// query reads the rows. Those of a single store come in the order of that store's index.
func (t eventTable) query(ctx context.Context, after store.Position, until *store.Position, f Filter, limit int32) ([]EventRow, error) {
	p := listEventsParams{
		AfterXid: after.XID, AfterSeq: after.Seq, ExcludedTypes: typeNames(f.ExcludedTypes), Stores: f.Stores, RowLimit: limit,
		ScopeAll: f.Scope.All(), ScopeStores: f.Scope.StoreIDs(), ScopeWholeRegion: f.Scope.WholeRegion(), ScopeRegion: f.Scope.RegionID(),
		ScopeManagesStaff: f.Scope.ManagesStaff(), ScopeEmployee: f.Scope.EmployeeID(),
	}
	if f.Types != nil {
		p.Types = typeNames(f.Types)
	}
	if until != nil {
		p.UntilXid, p.UntilSeq = &until.XID, &until.Seq
	}
	if len(f.Stores) != 1 {
		return t.customPlan.listEvents(ctx, p)
	}
	return t.q.listEventsByStore(ctx, listEventsByStoreParams{
		StoreID: uuid.NullUUID{UUID: f.Stores[0], Valid: true}, AfterXid: p.AfterXid, AfterSeq: p.AfterSeq, Types: p.Types,
		ExcludedTypes: p.ExcludedTypes,
		RowLimit:      p.RowLimit, ScopeAll: p.ScopeAll, ScopeStores: p.ScopeStores, ScopeWholeRegion: p.ScopeWholeRegion,
		ScopeRegion: p.ScopeRegion, ScopeManagesStaff: p.ScopeManagesStaff, ScopeEmployee: p.ScopeEmployee,
	})
}
