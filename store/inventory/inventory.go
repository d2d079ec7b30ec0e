// Package inventory is the module of what stores have: stock and lots. Quantities are in selling units.
package inventory

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// The prefixes of this module's global ids.
const (
	StockPrefix = "stock"
	LotPrefix   = "lot"
)

// GlobalID is the stock's id as clients see it.
func (s Stock) GlobalID() string { return store.GlobalID(StockPrefix, s.ID) }

// GlobalID is the lot's id as clients see it.
func (l Lot) GlobalID() string { return store.GlobalID(LotPrefix, l.ID) }

// Low says whether it is time to order more.
func (s Stock) Low() bool { return s.OnHand <= s.ReorderPoint }

// Service reads the module's rows.
type Service struct {
	q     *Queries
	lists *Queries // those with optional filters
}

// NewService makes the module's service on a pool or a transaction.
func NewService(db store.DB) *Service {
	db = store.WithModule(db, "inventory")
	return &Service{New(db), New(store.WithCustomPlan(db))}
}

// Key finds what a store has of a product.
type Key struct{ StoreID, ProductID uuid.UUID }

// Key is the stock's key.
func (s Stock) Key() Key { return Key{s.StoreID, s.ProductID} }

// Key is the key of the lot's stock.
func (l Lot) Key() Key { return Key{l.StoreID, l.ProductID} }

// columns are the keys as a query takes them: two arrays, side by side.
func columns(keys []Key) (storeIDs, productIDs []uuid.UUID) {
	for _, k := range keys {
		storeIDs, productIDs = append(storeIDs, k.StoreID), append(productIDs, k.ProductID)
	}
	return storeIDs, productIDs
}

// GetStocks reads the stocks that have the ids and that the scope sees, in no order.
func (s *Service) GetStocks(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Stock, error) {
	rows, err := s.q.getStocks(ctx, getStocksParams{Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	return rows, store.Wrap("stocks by id", err)
}

// GetStocksByKey reads the stocks that have the keys and that the scope sees, in no order.
func (s *Service) GetStocksByKey(ctx context.Context, scope auth.Scope, keys []Key) ([]Stock, error) {
	storeIDs, productIDs := columns(keys)
	rows, err := s.q.getStocksByKey(ctx, getStocksByKeyParams{
		StoreIds: storeIDs, ProductIds: productIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	return rows, store.Wrap("stocks by product", err)
}

// GetLots reads the lots that have the ids and that the scope sees, in no order.
func (s *Service) GetLots(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Lot, error) {
	rows, err := s.q.getLots(ctx, getLotsParams{Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	return rows, store.Wrap("lots by id", err)
}
