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

// A Move changes stocks: all its legs are recorded, or none.
type Move struct {
	Index      int // of its row in the input
	Kind       MovementKind
	Legs       []Leg
	OccurredAt time.Time
	IsTimed    bool // whether the input has the time; otherwise OccurredAt is the time of the request
	Reference  *string
	Reason     *AdjustmentReason
	Note       *string
	ExternalID *string // of the actor's system; a move that the actor recorded with it before is not recorded again
}

// A Leg is the change of one stock.
type Leg struct {
	Key

	Quantity int32 // negative for goods that leave the store
}

// A RecordResult is the result of Service.Record.
type RecordResult struct {
	Changes  []EventData         `json:"changes"` // one per leg, in order
	Moves    int                 `json:"moves"`   // how many were recorded
	Known    int                 `json:"known"`   // how many had been recorded before
	Rejected []store.RejectedRow `json:"rejected"`
}

// errStoreOutsideScope is a programming error: the caller checks the stores first.
var errStoreOutsideScope = errors.New("the scope does not include the movement's store")

// Record records moves in their order. It rejects a move that would make a stock negative, and continues with the others. Each
// leg creates one version of its stock, one movement and one event.
func (s *Service) Record(ctx context.Context, tx *store.Tx, scope auth.Scope, moves []Move) (RecordResult, error) {
	ledger := stockLedger{now: tx.Now, actor: tx.ActorID, stocks: map[Key]*Stock{}}
	var keys []Key
	for _, move := range moves {
		for _, leg := range move.Legs {
			if !scope.IncludesStore(leg.StoreID) {
				return RecordResult{}, errStoreOutsideScope
			}
			if _, known := ledger.stocks[leg.Key]; !known {
				ledger.stocks[leg.Key] = nil
				keys = append(keys, leg.Key)
			}
		}
	}
	rows, err := NewService(tx).GetStocksByKey(ctx, scope, keys) // the command holds the stores' locks
	if err != nil {
		return RecordResult{}, err
	}
	for i := range rows {
		ledger.stocks[rows[i].Key()] = &rows[i]
	}
	if ledger.known, err = listKnownMoves(ctx, New(tx), tx.ActorID, moves); err != nil {
		return RecordResult{}, err
	}
	for _, move := range moves {
		ledger.record(move)
	}
	if err := ledger.write(ctx, New(tx)); err != nil {
		return RecordResult{}, err
	}
	for _, change := range ledger.result.Changes {
		tx.Emit(store.NewStoreEvent(store.EventStockChanged, change.Stock.StoreID, change.Stock.ID, change))
	}
	return ledger.result, nil
}

// A stockLedger applies moves to stocks in memory.
type stockLedger struct {
	now     time.Time
	actor   uuid.NullUUID
	stocks  map[Key]*Stock  // current state; nil for a stock that does not exist
	created []*Stock        // by the moves
	known   map[string]Move // recorded by the actor, by external id
	result  RecordResult
}

// record records a move or rejects it.
func (l *stockLedger) record(move Move) {
	if move.ExternalID != nil {
		if known, ok := l.known[*move.ExternalID]; ok {
			l.recognize(move, known)
			return
		}
	}
	for _, leg := range move.Legs {
		if userErr := l.validate(leg); userErr != nil {
			l.result.Rejected = append(l.result.Rejected, store.NewRejectedRow(move.Index, userErr))
			return
		}
	}
	for i := range move.Legs {
		l.result.Changes = append(l.result.Changes, l.apply(move, int16(i)))
	}
	l.result.Moves++
	if move.ExternalID != nil {
		l.known[*move.ExternalID] = move
	}
}

// validate returns the rule that a leg violates; nil for none.
func (l *stockLedger) validate(leg Leg) *store.UserError {
	onHand := int32(0)
	if stock := l.stocks[leg.Key]; stock != nil {
		onHand = stock.OnHand
	}
	switch after := int64(onHand) + int64(leg.Quantity); {
	case after < 0:
		return store.NewUserError(store.CodeInsufficientStock, "quantity",
			"The store has %d in stock, so %d cannot be removed.", onHand, -int64(leg.Quantity))
	case after > math.MaxInt32:
		return store.NewInputError("quantity", "The stock must not exceed %d; the store has %d, and %d would be added.",
			math.MaxInt32, onHand, leg.Quantity)
	default:
		return nil
	}
}

// apply applies a valid leg.
func (l *stockLedger) apply(move Move, legIndex int16) EventData {
	leg := move.Legs[legIndex]
	stock := l.stocks[leg.Key]
	if stock == nil {
		stock = &Stock{ID: store.NewID(), StoreID: leg.StoreID, ProductID: leg.ProductID, CreatedAt: l.now}
		l.stocks[leg.Key] = stock
		l.created = append(l.created, stock)
	}
	stock.OnHand += leg.Quantity
	stock.Version++
	stock.UpdatedAt = l.now
	return EventData{*stock, Movement{
		ID: store.NewID(), Leg: legIndex, StoreID: leg.StoreID, ProductID: leg.ProductID, Kind: move.Kind, Quantity: leg.Quantity,
		OnHand: stock.OnHand, OccurredAt: move.OccurredAt.UTC().Truncate(time.Microsecond), RecordedAt: l.now,
		Reference: move.Reference, Reason: move.Reason, Note: move.Note, ActorID: l.actor, ExternalID: move.ExternalID,
	}}
}

// write writes stocks and movements with three statements.
func (l *stockLedger) write(ctx context.Context, q *Queries) error {
	if len(l.result.Changes) == 0 {
		return nil
	}
	isNew := make(map[*Stock]bool, len(l.created))
	newStocks := make([]insertStocksParams, len(l.created))
	for i, stock := range l.created {
		isNew[stock], newStocks[i] = true, insertStocksParams(*stock)
	}
	changed := updateStocksParams{UpdatedAt: l.now}
	for _, stock := range l.stocks {
		if stock != nil && stock.UpdatedAt.Equal(l.now) && !isNew[stock] {
			changed.Ids = append(changed.Ids, stock.ID)
			changed.OnHands, changed.Versions = append(changed.OnHands, stock.OnHand), append(changed.Versions, stock.Version)
		}
	}
	rows := make([]insertMovementsParams, len(l.result.Changes))
	for i, change := range l.result.Changes {
		rows[i] = insertMovementsParams(change.Movement)
	}
	if _, err := q.insertStocks(ctx, newStocks); err != nil {
		return fmt.Errorf("insert stocks: %w", err)
	}
	if err := q.updateStocks(ctx, changed); err != nil {
		return fmt.Errorf("update stocks: %w", err)
	}
	_, err := q.insertMovements(ctx, rows)
	if err != nil {
		return fmt.Errorf("insert movements: %w", err)
	}
	return nil
}
