package inventory

import (
	"context"
	"fmt"
	"math"
	"time"

	"aisle/auth"
	"aisle/store"
)

// A Count is how many units of a product someone counted in a store.
type Count struct {
	Key

	Quantity        int32
	CountedAt       time.Time // zero for the time of the command
	Note            *string
	ExpectedVersion *int32
}

// A CountResult is the result of Service.Count.
type CountResult struct {
	Stock            *Stock    `json:"stock"`    // nil if the store has no stock of the product, and the count is 0
	Movement         *Movement `json:"movement"` // nil if the count changed nothing
	PreviousQuantity int32     `json:"previousQuantity"`
}

// Count sets a stock to a counted quantity, and adds what moved after the count. The command holds the store's lock. The error is a
// UserError with VERSION_CONFLICT, next to the current stock.
func (s *Service) Count(ctx context.Context, tx *store.Tx, scope auth.Scope, c Count) (CountResult, error) {
	service := NewService(tx)
	stocks, err := service.GetStocksByKey(ctx, scope, []Key{c.Key})
	if err != nil {
		return CountResult{}, err
	}
	var result CountResult
	var version int32
	if len(stocks) > 0 {
		result = CountResult{Stock: &stocks[0], PreviousQuantity: stocks[0].OnHand}
		version = stocks[0].Version
	}
	if err := store.CheckVersion("stock", version, c.ExpectedVersion); err != nil {
		return result, err
	}
	onHand := int64(c.Quantity)
	if c.CountedAt.IsZero() {
		c.CountedAt = tx.Now
	} else {
		moved, err := service.q.sumMovementsSince(ctx, sumMovementsSinceParams{
			StoreID: c.StoreID, ProductID: c.ProductID, Since: c.CountedAt, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		})
		if err != nil {
			return result, fmt.Errorf("movements since a count: %w", err)
		}
		onHand = min(max(onHand+moved, 0), math.MaxInt32) // more was sold than was counted: the shelf is empty
	}
	delta := int32(onHand - int64(result.PreviousQuantity)) //nolint:gosec // both are 0 to MaxInt32
	if delta == 0 {
		return result, nil
	}
	recorded, err := s.Record(ctx, tx, scope, []Move{{
		Kind: KindAdjustment, Reason: new(ReasonCount), Note: c.Note, OccurredAt: c.CountedAt,
		Legs: []Leg{{Key: c.Key, Quantity: delta}},
	}})
	if err != nil {
		return result, err
	}
	change := recorded.Changes[0]
	result.Stock, result.Movement = &change.Stock, &change.Movement
	return result, nil
}
