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

// A StockPageQuery is a page of a store's stock, by product id.
type StockPageQuery struct {
	OnlyLow bool // only stock at or below its reorder point
	First   int32
	After   store.Cursor
}

// ListStocksByStore returns one page of stock for each store.
func (s *Service) ListStocksByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q StockPageQuery,
) (map[uuid.UUID]store.Page[Stock], error) {
	rows, err := s.lists.listStocksByStore(ctx, listStocksByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), OnlyLow: q.OnlyLow,
		AfterProduct: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.GroupPages(rows, q.First, func(s *Stock) uuid.UUID { return s.StoreID }), store.Wrap("pages of stock", err)
}

// CountStocksByStore counts the stocked products of stores. A store without stock is absent.
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

// A LotPageQuery is a page of lots, earliest expiry first.
type LotPageQuery struct {
	ExpiresBy time.Time // last day, a midnight in UTC; zero for no bound; only for ListLotsByStore
	First     int32
	After     store.Cursor
}

// ListLotsByStock returns one page of lots for each stock.
func (s *Service) ListLotsByStock(
	ctx context.Context, scope auth.Scope, keys []Key, q LotPageQuery,
) (map[Key]store.Page[Lot], error) {
	storeIDs, productIDs := splitKeys(keys)
	rows, err := s.q.listLotsByStock(ctx, listLotsByStockParams{
		StoreIds: storeIDs, ProductIds: productIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		AfterDay: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.GroupPages(rows, q.First, func(l *Lot) Key { return l.Key() }), store.Wrap("pages of lots", err)
}

// CountLotsByStock counts the lots of stocks. A stock without lots is absent.
func (s *Service) CountLotsByStock(ctx context.Context, scope auth.Scope, keys []Key) (map[Key]int, error) {
	storeIDs, productIDs := splitKeys(keys)
	rows, err := s.q.countLotsByStock(ctx, countLotsByStockParams{
		StoreIds: storeIDs, ProductIds: productIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	counts := make(map[Key]int, len(rows))
	for _, r := range rows {
		counts[Key{r.StoreID, r.ProductID}] = int(r.Total)
	}
	return counts, store.Wrap("count lots", err)
}

// ListLotsByStore returns one page of lots for each store.
func (s *Service) ListLotsByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q LotPageQuery,
) (map[uuid.UUID]store.Page[Lot], error) {
	rows, err := s.lists.listLotsByStore(ctx, listLotsByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ExpiresBy: nilIfZero(q.ExpiresBy),
		AfterDay: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.GroupPages(rows, q.First, func(l *Lot) uuid.UUID { return l.StoreID }), store.Wrap("pages of stores' lots", err)
}

// CountLotsByStore counts the lots of stores that expire on or before a day. A store without lots is absent.
func (s *Service) CountLotsByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, expiresBy time.Time,
) (map[uuid.UUID]int, error) {
	rows, err := s.lists.countLotsByStore(ctx, countLotsByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ExpiresBy: nilIfZero(expiresBy),
	})
	counts := make(map[uuid.UUID]int, len(rows))
	for _, r := range rows {
		counts[r.StoreID] = int(r.Total)
	}
	return counts, store.Wrap("count stores' lots", err)
}

// nilIfZero converts a day to a query's optional argument.
func nilIfZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
