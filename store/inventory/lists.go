package inventory

import (
	"context"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// The marks of the orders of this module's lists in their cursors.
const (
	stockOrder = 's'
	lotOrder   = 'l'
)

// ParseStockCursor reads the cursor of a list of stocks.
func ParseStockCursor(s string) (store.Cursor, error) { return store.ParseTextCursor(stockOrder, s) }

// ParseLotCursor reads the cursor of a list of lots.
func ParseLotCursor(s string) (store.Cursor, error) { return store.ParseTimeCursor(lotOrder, s) }

// Cursor is the stock's place in a list.
func (s Stock) Cursor() store.Cursor { return store.TextCursor(stockOrder, "", s.ProductID) }

// Cursor is the lot's place in a list.
func (l Lot) Cursor() store.Cursor { return store.TimeCursor(lotOrder, l.ExpiresOn, l.ID) }

// StockPageQuery is one page of a store's stock. It is in no order that means something, but always in the same one.
type StockPageQuery struct {
	OnlyLow bool // only what is at or under its reorder point
	First   int32
	After   store.Cursor
}

// ListStocksByStore reads one page of the stock of each store.
func (s *Service) ListStocksByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q StockPageQuery,
) (map[uuid.UUID]store.Page[Stock], error) {
	rows, err := s.lists.listStocksByStore(ctx, listStocksByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), OnlyLow: q.OnlyLow,
		AfterProduct: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.GroupPages(rows, q.First, func(s *Stock) uuid.UUID { return s.StoreID }), store.Wrap("pages of stock", err)
}

// CountStocksByStore counts the stocked products of each store; a store without any is absent.
func (s *Service) CountStocksByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, onlyLow bool,
) (map[uuid.UUID]int, error) {
	rows, err := s.lists.countStocksByStore(ctx, countStocksByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), OnlyLow: onlyLow,
	})
	counts := make(map[uuid.UUID]int, len(rows))
	for _, r := range rows {
		counts[r.StoreID] = int(r.Total)
	}
	return counts, store.Wrap("count stock", err)
}

// LotPageQuery is one page of lots, the first to expire first.
type LotPageQuery struct {
	ExpiresBy time.Time // the last day, at midnight in UTC; zero for no bound. Only for ListLotsByStore.
	First     int32
	After     store.Cursor
}

// ListLotsByStock reads one page of the lots of each stock.
func (s *Service) ListLotsByStock(
	ctx context.Context, scope auth.Scope, keys []Key, q LotPageQuery,
) (map[Key]store.Page[Lot], error) {
	storeIDs, productIDs := columns(keys)
	rows, err := s.q.listLotsByStock(ctx, listLotsByStockParams{
		StoreIds: storeIDs, ProductIds: productIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		AfterDay: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.GroupPages(rows, q.First, func(l *Lot) Key { return l.Key() }), store.Wrap("pages of lots", err)
}

// CountLotsByStock counts the lots of each stock; a stock without any is absent.
func (s *Service) CountLotsByStock(ctx context.Context, scope auth.Scope, keys []Key) (map[Key]int, error) {
	storeIDs, productIDs := columns(keys)
	rows, err := s.q.countLotsByStock(ctx, countLotsByStockParams{
		StoreIds: storeIDs, ProductIds: productIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	counts := make(map[Key]int, len(rows))
	for _, r := range rows {
		counts[Key{r.StoreID, r.ProductID}] = int(r.Total)
	}
	return counts, store.Wrap("count lots", err)
}

// ListLotsByStore reads one page of the lots of each store.
func (s *Service) ListLotsByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q LotPageQuery,
) (map[uuid.UUID]store.Page[Lot], error) {
	rows, err := s.lists.listLotsByStore(ctx, listLotsByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ExpiresBy: day(q.ExpiresBy),
		AfterDay: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.GroupPages(rows, q.First, func(l *Lot) uuid.UUID { return l.StoreID }), store.Wrap("pages of stores' lots", err)
}

// CountLotsByStore counts the lots of each store that expire on the day or before; a store without any is absent.
func (s *Service) CountLotsByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, expiresBy time.Time,
) (map[uuid.UUID]int, error) {
	rows, err := s.lists.countLotsByStore(ctx, countLotsByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ExpiresBy: day(expiresBy),
	})
	counts := make(map[uuid.UUID]int, len(rows))
	for _, r := range rows {
		counts[r.StoreID] = int(r.Total)
	}
	return counts, store.Wrap("count stores' lots", err)
}

// day is what a query's optional argument takes of a day.
func day(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
