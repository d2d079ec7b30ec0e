package inventory

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// MovementPrefix is the prefix of movements' global ids.
const MovementPrefix = "movement"

// MaxMovements is how many movements one command records at most.
const MaxMovements = 1000

// MovementKind is why a stock changed.
type MovementKind string

// The kinds.
const (
	KindAdjustment MovementKind = "ADJUSTMENT" // it was counted anew
	KindReceipt    MovementKind = "RECEIPT"    // a delivery came in
	KindSale       MovementKind = "SALE"
	KindWriteOff   MovementKind = "WRITE_OFF" // broken, expired, stolen
	KindTransfer   MovementKind = "TRANSFER"  // to or from another place
)

// GlobalID is the movement's id as clients see it.
func (m Movement) GlobalID() string { return store.GlobalID(MovementPrefix, m.ID) }

// Key is the key of the stock that was moved.
func (m Movement) Key() Key { return Key{m.StoreID, m.ProductID} }

// EventData is what an event tells of a stock: how it is, and the movement that made it so.
type EventData struct {
	Stock    Stock    `json:"stock"`
	Movement Movement `json:"movement"`
}

// Move is something that happened to stocks: all its legs together, or nothing.
type Move struct {
	Index      int // of the row of the input that it comes from
	Kind       MovementKind
	Legs       []Leg
	OccurredAt time.Time
	Reference  *string
	Reason     *string
}

// Leg is what a move does to one stock. What goes out is negative.
type Leg struct {
	Key

	Quantity int32
}

// RecordResult is what became of moves.
type RecordResult struct {
	Changes  []EventData         `json:"changes"` // one a leg, in order
	Moves    int                 `json:"moves"`   // that were recorded
	Rejected []store.RejectedRow `json:"rejected"`
}

// errForeign is a fault of the caller, who has looked the stores up.
var errForeign = errors.New("a movement in a store that the scope does not see")

// Record records moves in their order. What would take more than there is gets rejected, and the others go on. Each
// leg is one version of its stock, one movement and one event.
func (s *Service) Record(ctx context.Context, tx *store.Tx, scope auth.Scope, moves []Move) (RecordResult, error) {
	book := ledger{now: tx.Now, actor: tx.ActorID, stocks: map[Key]*Stock{}}
	var keys []Key
	for _, move := range moves {
		for _, leg := range move.Legs {
			if !scope.IncludesStore(leg.StoreID) {
				return RecordResult{}, errForeign
			}
			if _, known := book.stocks[leg.Key]; !known {
				book.stocks[leg.Key] = nil
				keys = append(keys, leg.Key)
			}
		}
	}
	rows, err := NewService(tx).GetStocksByKey(ctx, scope, keys) // the command has the stores' locks
	if err != nil {
		return RecordResult{}, err
	}
	for i := range rows {
		book.stocks[rows[i].Key()] = &rows[i]
	}
	for _, move := range moves {
		book.enter(move)
	}
	if err := book.write(ctx, New(tx)); err != nil {
		return RecordResult{}, err
	}
	for _, change := range book.done.Changes {
		tx.Emit(store.NewStoreEvent(store.EventStockChanged, change.Stock.StoreID, change.Stock.ID, change))
	}
	return book.done, nil
}

// ledger works out what moves do to stocks.
type ledger struct {
	now    time.Time
	actor  uuid.NullUUID
	stocks map[Key]*Stock // as they are now; nil where there is none
	fresh  []*Stock       // that the moves made
	done   RecordResult
}

// enter does one move, or rejects it.
func (b *ledger) enter(move Move) {
	for _, leg := range move.Legs {
		if why := b.breaks(leg); why != nil {
			b.done.Rejected = append(b.done.Rejected, store.NewRejectedRow(move.Index, why))
			return
		}
	}
	for _, leg := range move.Legs {
		b.done.Changes = append(b.done.Changes, b.apply(move, leg))
	}
	b.done.Moves++
}

// breaks says which rule a leg breaks; nil when none.
func (b *ledger) breaks(leg Leg) *store.UserError {
	there := int32(0)
	if stock := b.stocks[leg.Key]; stock != nil {
		there = stock.OnHand
	}
	switch after := int64(there) + int64(leg.Quantity); {
	case after < 0:
		return store.NewUserError(store.CodeInsufficientStock, "quantity",
			"There are %d in the store: %d cannot be taken away.", there, -int64(leg.Quantity))
	case after > math.MaxInt32:
		return store.NewInputError("quantity", "There are %d in the store: with %d more it would be more than can be counted.", there, leg.Quantity)
	default:
		return nil
	}
}

// apply does a leg that breaks no rule.
func (b *ledger) apply(move Move, leg Leg) EventData {
	stock := b.stocks[leg.Key]
	if stock == nil {
		stock = &Stock{ID: store.NewID(), StoreID: leg.StoreID, ProductID: leg.ProductID, CreatedAt: b.now}
		b.stocks[leg.Key] = stock
		b.fresh = append(b.fresh, stock)
	}
	stock.OnHand += leg.Quantity
	stock.Version++
	stock.UpdatedAt = b.now
	return EventData{*stock, Movement{
		ID: store.NewID(), StoreID: leg.StoreID, ProductID: leg.ProductID, Kind: move.Kind, Quantity: leg.Quantity,
		OnHand: stock.OnHand, OccurredAt: move.OccurredAt.UTC().Truncate(time.Microsecond), RecordedAt: b.now,
		Reference: move.Reference, Reason: move.Reason, ActorID: b.actor,
	}}
}

// write writes all of it, with three statements.
func (b *ledger) write(ctx context.Context, q *Queries) error {
	if len(b.done.Changes) == 0 {
		return nil
	}
	isFresh := make(map[*Stock]bool, len(b.fresh))
	made := make([]insertStocksParams, len(b.fresh))
	for i, stock := range b.fresh {
		isFresh[stock], made[i] = true, insertStocksParams(*stock)
	}
	changed := updateStocksParams{UpdatedAt: b.now}
	for _, stock := range b.stocks {
		if stock != nil && stock.UpdatedAt.Equal(b.now) && !isFresh[stock] {
			changed.Ids = append(changed.Ids, stock.ID)
			changed.OnHands, changed.Versions = append(changed.OnHands, stock.OnHand), append(changed.Versions, stock.Version)
		}
	}
	rows := make([]insertMovementsParams, len(b.done.Changes))
	for i, change := range b.done.Changes {
		rows[i] = insertMovementsParams(change.Movement)
	}
	if _, err := q.insertStocks(ctx, made); err != nil {
		return fmt.Errorf("insert stocks: %w", err)
	}
	if err := q.updateStocks(ctx, changed); err != nil {
		return fmt.Errorf("update stocks: %w", err)
	}
	_, err := q.insertMovements(ctx, rows)
	return store.Wrap("insert movements", err)
}

// MovementPageQuery is one page of a stock's movements, the newest first.
type MovementPageQuery struct {
	First int32
	After store.Cursor
}

const movementOrder = 'v'

// ParseMovementCursor reads the cursor of a list of movements.
func ParseMovementCursor(s string) (store.Cursor, error) {
	return store.ParseTimeCursor(movementOrder, s)
}

// Cursor is the movement's place in a list.
func (m Movement) Cursor() store.Cursor { return store.TimeCursor(movementOrder, m.RecordedAt, m.ID) }

// GetMovements reads the movements that have the ids and that the scope sees, in no order.
func (s *Service) GetMovements(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Movement, error) {
	rows, err := s.q.getMovements(ctx, getMovementsParams{Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	return rows, store.Wrap("movements by id", err)
}

// ListMovementsByStock reads one page of the movements of each stock.
func (s *Service) ListMovementsByStock(
	ctx context.Context, scope auth.Scope, keys []Key, q MovementPageQuery,
) (map[Key]store.Page[Movement], error) {
	storeIDs, productIDs := columns(keys)
	rows, err := s.q.listMovementsByStock(ctx, listMovementsByStockParams{
		StoreIds: storeIDs, ProductIds: productIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		AfterAt: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.GroupPages(rows, q.First, func(m *Movement) Key { return m.Key() }), store.Wrap("pages of movements", err)
}

// CountMovementsByStock counts the movements of each stock; a stock without any is absent.
func (s *Service) CountMovementsByStock(ctx context.Context, scope auth.Scope, keys []Key) (map[Key]int, error) {
	storeIDs, productIDs := columns(keys)
	rows, err := s.q.countMovementsByStock(ctx, countMovementsByStockParams{
		StoreIds: storeIDs, ProductIds: productIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	counts := make(map[Key]int, len(rows))
	for _, r := range rows {
		counts[Key{r.StoreID, r.ProductID}] = int(r.Total)
	}
	return counts, store.Wrap("count movements", err)
}
