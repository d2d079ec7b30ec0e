package stores

import (
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
}

// A PageQuery is a page of a list of stores, by code.
type PageQuery struct {
	Filter

	First int32
	After store.Cursor
}

// cursorOrder marks cursors of lists of stores by code.
const cursorOrder = 'c'

// ParseCursor parses a cursor of a list of stores.
func ParseCursor(s string) (store.Cursor, error) { return store.ParseTextCursor(cursorOrder, s) }

// Cursor returns the store's cursor.
func (s Store) Cursor() store.Cursor { return store.TextCursor(cursorOrder, s.Code, s.ID) }

// List returns one page of the stores that the scope includes.
func (s *Service) List(ctx context.Context, scope auth.Scope, q PageQuery) (store.Page[Snapshot], error) {
	return store.List(ctx, "stores", s.listSnapshots, listStoresParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: q.RegionID, Statuses: q.Statuses.Strings(), Pattern: store.LikePattern(q.Search),
		AfterCode: q.After.Text(), RowLimit: store.RowLimit(q.First),
	}, q.First)
}

// Count counts the stores that the scope includes.
func (s *Service) Count(ctx context.Context, scope auth.Scope, f Filter) (int, error) {
	return store.Count(ctx, "stores", s.lists.countStores, countStoresParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: f.RegionID, Statuses: f.Statuses.Strings(), Pattern: store.LikePattern(f.Search),
	})
}

// ListByRegion returns one page of stores for each region.
func (s *Service) ListByRegion(
	ctx context.Context, scope auth.Scope, regionIDs []uuid.UUID, q PageQuery,
) (map[uuid.UUID]store.Page[Snapshot], error) {
	return store.ListByParent(ctx, "stores of regions", s.listSnapshotsByRegion, listStoresByRegionParams{
		RegionIds: regionIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: q.RegionID, Statuses: q.Statuses.Strings(), Pattern: store.LikePattern(q.Search),
		AfterCode: q.After.Text(), RowLimit: store.RowLimit(q.First),
	}, q.First, func(s *Snapshot) uuid.UUID { return s.RegionID })
}

// CountByRegion counts the stores of regions. A region without stores is absent.
func (s *Service) CountByRegion(
	ctx context.Context, scope auth.Scope, regionIDs []uuid.UUID, f Filter,
) (map[uuid.UUID]int, error) {
	return store.CountByParent(ctx, "stores of regions", s.lists.countStoresByRegion, countStoresByRegionParams{
		RegionIds: regionIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: f.RegionID, Statuses: f.Statuses.Strings(), Pattern: store.LikePattern(f.Search),
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
