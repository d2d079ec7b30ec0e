package inventory

import (
	"context"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// These mark the cursors of the module's lists.
const (
	stockOrder = 's'
	lotOrder   = 'l'
)

// ParseStockCursor parses a cursor of a list of stocks.
func ParseStockCursor(s string) (store.Cursor, error) { return store.ParseTextCursor(stockOrder, s) }

// ParseLotCursor parses a cursor of a list of lots.
func ParseLotCursor(s string) (store.Cursor, error) { return store.ParseTimeCursor(lotOrder, s) }

// Cursor returns the stock's cursor.
func (s Stock) Cursor() store.Cursor { return store.TextCursor(stockOrder, "", s.ProductID) }

// Cursor returns the lot's cursor.
func (l Lot) Cursor() store.Cursor { return store.TimeCursor(lotOrder, l.ExpiresOn, l.ID) }

// A StockFilter selects stocks. The zero value selects all.
type StockFilter struct {
	IsLow store.OptionalBool // whether the stock is at or below its reorder point
}

// A StockPageQuery is a page of a store's stock, by product id.
type StockPageQuery struct {
	StockFilter

	First int32
	After store.Cursor
}

// ListStocksByStore returns one page of stock for each store.
func (s *Service) ListStocksByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q StockPageQuery,
) (map[uuid.UUID]store.Page[Stock], error) {
	return store.ListByParent(ctx, "stock of stores", s.lists.listStocksByStore, listStocksByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), IsLow: q.IsLow.Pointer(),
		AfterProduct: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First, func(s *Stock) uuid.UUID { return s.StoreID })
}

// CountStocksByStore counts the stocked products of stores. A store without stock is absent.
func (s *Service) CountStocksByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, f StockFilter,
) (map[uuid.UUID]int, error) {
	return store.CountByParent(ctx, "stock of stores", s.lists.countStocksByStore, countStocksByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), IsLow: f.IsLow.Pointer(),
	}, func(r countStocksByStoreRow) (uuid.UUID, int64) { return r.StoreID, r.Total })
}

// A LotPageQuery is a page of lots, earliest expiry first.
type LotPageQuery struct {
	ExpiresOnOrBefore time.Time // last day, a midnight in UTC; zero for no bound; only for ListLotsByStore
	First             int32
	After             store.Cursor
}

// ListLotsByStock returns one page of lots for each stock.
func (s *Service) ListLotsByStock(
	ctx context.Context, scope auth.Scope, keys []Key, q LotPageQuery,
) (map[Key]store.Page[Lot], error) {
	storeIDs, productIDs := splitKeys(keys)
	return store.ListByParent(ctx, "lots of stock", s.q.listLotsByStock, listLotsByStockParams{
		StoreIds: storeIDs, ProductIds: productIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		AfterDay: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First, func(l *Lot) Key { return l.Key() })
}

// CountLotsByStock counts the lots of stocks. A stock without lots is absent.
func (s *Service) CountLotsByStock(ctx context.Context, scope auth.Scope, keys []Key) (map[Key]int, error) {
	storeIDs, productIDs := splitKeys(keys)
	return store.CountByParent(ctx, "lots of stock", s.q.countLotsByStock, countLotsByStockParams{
		StoreIds: storeIDs, ProductIds: productIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	}, func(r countLotsByStockRow) (Key, int64) { return Key{r.StoreID, r.ProductID}, r.Total })
}

// ListLotsByStore returns one page of lots for each store.
func (s *Service) ListLotsByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q LotPageQuery,
) (map[uuid.UUID]store.Page[Lot], error) {
	return store.ListByParent(ctx, "lots of stores", s.lists.listLotsByStore, listLotsByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ExpiresOnOrBefore: store.NilIfZero(q.ExpiresOnOrBefore),
		AfterDay: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First, func(l *Lot) uuid.UUID { return l.StoreID })
}

// CountLotsByStore counts the lots of stores that expire on or before a day. A store without lots is absent.
func (s *Service) CountLotsByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, expiresOnOrBefore time.Time,
) (map[uuid.UUID]int, error) {
	return store.CountByParent(ctx, "lots of stores", s.lists.countLotsByStore, countLotsByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ExpiresOnOrBefore: store.NilIfZero(expiresOnOrBefore),
	}, func(r countLotsByStoreRow) (uuid.UUID, int64) { return r.StoreID, r.Total })
}
