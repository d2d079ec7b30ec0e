package stores

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// Filter says which stores a list has. Its zero value is all of them.
type Filter struct {
	RegionID uuid.NullUUID
	Status   Status // empty for all
	Search   string // any part of the code, the name or the city, in any case
}

// PageQuery is one page of a list of stores, in the order of their codes.
type PageQuery struct {
	Filter

	First int32
	After store.Cursor
}

// cursorOrder marks the cursors of lists of stores, in the order of the code.
const cursorOrder = 'c'

// ParseCursor reads the cursor of a list of stores.
func ParseCursor(s string) (store.Cursor, error) { return store.ParseTextCursor(cursorOrder, s) }

// Cursor is the store's place in a list.
func (s Store) Cursor() store.Cursor { return store.TextCursor(cursorOrder, s.Code, s.ID) }

// List reads one page of the stores that the scope sees.
func (s *Service) List(ctx context.Context, scope auth.Scope, q PageQuery) (store.Page[Snapshot], error) {
	rows, err := s.lists.listStores(ctx, listStoresParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: q.RegionID, Status: store.NilIfEmpty(q.Status), Pattern: store.LikePattern(q.Search),
		AfterCode: q.After.Text(), RowLimit: store.RowLimit(q.First),
	})
	if err != nil {
		return store.Page[Snapshot]{}, fmt.Errorf("page of stores: %w", err)
	}
	list := make([]Snapshot, len(rows))
	for i, r := range rows {
		list[i] = snapshot(r.Store, r.Region)
	}
	return store.NewPage(list, q.First), nil
}

// Count counts the stores that the scope sees.
func (s *Service) Count(ctx context.Context, scope auth.Scope, f Filter) (int, error) {
	n, err := s.lists.countStores(ctx, countStoresParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: f.RegionID, Status: store.NilIfEmpty(f.Status), Pattern: store.LikePattern(f.Search),
	})
	return int(n), store.Wrap("count stores", err)
}

// ListByRegion reads one page of the stores of each region. The query's own region is not looked at.
func (s *Service) ListByRegion(
	ctx context.Context, scope auth.Scope, regionIDs []uuid.UUID, q PageQuery,
) (map[uuid.UUID]store.Page[Snapshot], error) {
	rows, err := s.lists.listStoresByRegion(ctx, listStoresByRegionParams{
		RegionIds: regionIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		Status: store.NilIfEmpty(q.Status), Pattern: store.LikePattern(q.Search),
		AfterCode: q.After.Text(), RowLimit: store.RowLimit(q.First),
	})
	if err != nil {
		return nil, fmt.Errorf("pages of stores of regions: %w", err)
	}
	list := make([]Snapshot, len(rows))
	for i, r := range rows {
		list[i] = snapshot(r.Store, r.Region)
	}
	return store.GroupPages(list, q.First, func(s *Snapshot) uuid.UUID { return s.RegionID }), nil
}

// CountByRegion counts the stores of each region; a region without stores is absent.
func (s *Service) CountByRegion(
	ctx context.Context, scope auth.Scope, regionIDs []uuid.UUID, f Filter,
) (map[uuid.UUID]int, error) {
	rows, err := s.lists.countStoresByRegion(ctx, countStoresByRegionParams{
		RegionIds: regionIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		Status: store.NilIfEmpty(f.Status), Pattern: store.LikePattern(f.Search),
	})
	counts := make(map[uuid.UUID]int, len(rows))
	for _, r := range rows {
		counts[r.RegionID] = int(r.Total)
	}
	return counts, store.Wrap("count stores of regions", err)
}
