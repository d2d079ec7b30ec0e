package stores

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// A Filter selects stores. The zero value selects all.
type Filter struct {
	RegionID uuid.NullUUID
	Statuses store.Set[Status] // empty for all
	Search   string            // part of the code, the name or the city, ignoring case
	IDs      *IDFilter         // nil for all
}

// An IDFilter selects stores by their ids. Filters with the same *IDFilter are equal.
type IDFilter struct {
	IDs    []uuid.UUID
	Except bool // selects all stores but these
}

// arguments returns the optional arguments of a query. Both are nil for a nil filter.
func (f *IDFilter) arguments() (only, except []uuid.UUID) {
	switch {
	case f == nil:
		return nil, nil
	case f.Except:
		return nil, f.IDs
	case f.IDs == nil:
		return []uuid.UUID{}, nil
	default:
		return f.IDs, nil
	}
}

// Order is the order of a list of stores.
type Order string

// The orders. Stores with the same name are in the order of their ids.
const (
	OrderCodeAsc  Order = "CODE_ASC"
	OrderCodeDesc Order = "CODE_DESC"
	OrderNameAsc  Order = "NAME_ASC"
	OrderNameDesc Order = "NAME_DESC"
)

// A PageQuery is a page of a list of stores.
type PageQuery struct {
	Filter

	Order Order // empty for OrderCodeAsc
	First int32
	After store.Cursor
}

// IsFirstPage reports whether the query is a first page of all stores by code.
func (q PageQuery) IsFirstPage() bool {
	return q.Filter == Filter{} && cmp.Or(q.Order, OrderCodeAsc) == OrderCodeAsc && q.After.IsZero()
}

// cursorMark returns the mark of the cursors of lists in the order.
func (o Order) cursorMark() byte {
	switch o {
	case OrderCodeDesc:
		return 'C'
	case OrderNameAsc:
		return 'a'
	case OrderNameDesc:
		return 'A'
	default:
		return 'c'
	}
}

// ParseCursor parses a cursor of a list of stores in the order.
func ParseCursor(order Order, s string) (store.Cursor, error) {
	return store.ParseTextCursor(order.cursorMark(), s)
}

// Cursor returns the store's cursor in a list in the order.
func (s Store) Cursor(order Order) store.Cursor {
	key := s.Code
	if order == OrderNameAsc || order == OrderNameDesc {
		key = s.Name
	}
	return store.TextCursor(order.cursorMark(), key, s.ID)
}

// List returns one page of the stores that the scope includes.
func (s *Service) List(ctx context.Context, scope auth.Scope, q PageQuery) (store.Page[Snapshot], error) {
	only, except := q.IDs.arguments()
	return store.List(ctx, "stores", s.listSnapshots, listStoresParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: q.RegionID, Statuses: q.Statuses.Strings(), Pattern: store.LikePattern(q.Search), OnlyIds: only, ExceptIds: except,
		ListOrder: string(cmp.Or(q.Order, OrderCodeAsc)), AfterKey: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First)
}

// Count counts the stores that the scope includes.
func (s *Service) Count(ctx context.Context, scope auth.Scope, f Filter) (int, error) {
	only, except := f.IDs.arguments()
	return store.Count(ctx, "stores", s.lists.countStores, countStoresParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: f.RegionID, Statuses: f.Statuses.Strings(), Pattern: store.LikePattern(f.Search), OnlyIds: only, ExceptIds: except,
	})
}

// ListByRegion returns one page of stores for each region.
func (s *Service) ListByRegion(
	ctx context.Context, scope auth.Scope, regionIDs []uuid.UUID, q PageQuery,
) (map[uuid.UUID]store.Page[Snapshot], error) {
	only, except := q.IDs.arguments()
	return store.ListByParent(ctx, "stores of regions", s.listSnapshotsByRegion, listStoresByRegionParams{
		RegionIds: regionIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: q.RegionID, Statuses: q.Statuses.Strings(), Pattern: store.LikePattern(q.Search), OnlyIds: only, ExceptIds: except,
		ListOrder: string(cmp.Or(q.Order, OrderCodeAsc)), AfterKey: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First, func(s *Snapshot) uuid.UUID { return s.RegionID })
}

// CountByRegion counts the stores of regions. A region without stores is absent.
func (s *Service) CountByRegion(
	ctx context.Context, scope auth.Scope, regionIDs []uuid.UUID, f Filter,
) (map[uuid.UUID]int, error) {
	only, except := f.IDs.arguments()
	return store.CountByParent(ctx, "stores of regions", s.lists.countStoresByRegion, countStoresByRegionParams{
		RegionIds: regionIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: f.RegionID, Statuses: f.Statuses.Strings(), Pattern: store.LikePattern(f.Search), OnlyIds: only, ExceptIds: except,
	}, func(r countStoresByRegionRow) (uuid.UUID, int64) { return r.RegionID, r.Total })
}

func (s *Service) listSnapshots(ctx context.Context, p listStoresParams) ([]Snapshot, error) {
	rows, err := s.lists.listStores(ctx, p)
	list := make([]Snapshot, len(rows))
	for i, r := range rows {
		list[i] = newSnapshot(r.Store, r.Region)
	}
	return list, err
}

func (s *Service) listSnapshotsByRegion(ctx context.Context, p listStoresByRegionParams) ([]Snapshot, error) {
	rows, err := s.lists.listStoresByRegion(ctx, p)
	list := make([]Snapshot, len(rows))
	for i, r := range rows {
		list[i] = newSnapshot(r.Store, r.Region)
	}
	return list, err
}
