// Package inventory is the module of the stores' stock, lots and stock movements. Quantities are in selling units.
package inventory

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// The prefixes of this module's global ids.
const (
	StockPrefix = "stock"
	LotPrefix   = "lot"
)

// GlobalID returns the stock's id for clients.
func (s Stock) GlobalID() string { return store.GlobalID(StockPrefix, s.ID) }

// GlobalID returns the lot's id for clients.
func (l Lot) GlobalID() string { return store.GlobalID(LotPrefix, l.ID) }

// IsLow reports whether the stock is at or below its reorder point.
func (s Stock) IsLow() bool { return s.OnHand <= s.ReorderPoint }

// Service reads and writes the module's rows.
type Service struct {
	q     *Queries
	lists *Queries // for the statements with optional filters
}

// NewService returns the module's service on a pool or a transaction.
func NewService(db store.DB) *Service {
	db = store.WithModule(db, "inventory")
	return &Service{New(db), New(store.WithCustomPlan(db))}
}

// A Key identifies the stock of a product in a store.
type Key struct{ StoreID, ProductID uuid.UUID }

// Key returns the stock's key.
func (s Stock) Key() Key { return Key{s.StoreID, s.ProductID} }

// Key returns the key of the lot's stock.
func (l Lot) Key() Key { return Key{l.StoreID, l.ProductID} }

// splitKeys converts keys to the two array arguments of a query.
func splitKeys(keys []Key) (storeIDs, productIDs []uuid.UUID) {
	for _, k := range keys {
		storeIDs, productIDs = append(storeIDs, k.StoreID), append(productIDs, k.ProductID)
	}
	return storeIDs, productIDs
}

// GetStocks returns the stocks with the ids that the scope includes, in no order.
func (s *Service) GetStocks(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Stock, error) {
	rows, err := s.q.getStocks(ctx, getStocksParams{Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	if err != nil {
		return nil, fmt.Errorf("stocks by id: %w", err)
	}
	return rows, nil
}

// GetStocksByKey returns the stocks with the keys that the scope includes, in no order.
func (s *Service) GetStocksByKey(ctx context.Context, scope auth.Scope, keys []Key) ([]Stock, error) {
	storeIDs, productIDs := splitKeys(keys)
	rows, err := s.q.getStocksByKey(ctx, getStocksByKeyParams{
		StoreIds: storeIDs, ProductIds: productIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	if err != nil {
		return nil, fmt.Errorf("stocks by product: %w", err)
	}
	return rows, nil
}

// GetLots returns the lots with the ids that the scope includes, in no order.
func (s *Service) GetLots(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Lot, error) {
	rows, err := s.q.getLots(ctx, getLotsParams{Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	if err != nil {
		return nil, fmt.Errorf("lots by id: %w", err)
	}
	return rows, nil
}
