package stores

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// A Filter selects stores. The zero value selects all.
type Filter struct {
	RegionID uuid.NullUUID
	Status   Status // empty for all
	Search   string // part of the code, the name or the city, ignoring case
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
		list[i] = newSnapshot(r.Store, r.Region)
	}
	return store.NewPage(list, q.First), nil
}

// Count counts the stores that the scope includes.
func (s *Service) Count(ctx context.Context, scope auth.Scope, f Filter) (int, error) {
	n, err := s.lists.countStores(ctx, countStoresParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: f.RegionID, Status: store.NilIfEmpty(f.Status), Pattern: store.LikePattern(f.Search),
	})
	return int(n), store.Wrap("count stores", err)
}

// ListByRegion returns one page of stores for each region. It ignores q.RegionID.
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
		list[i] = newSnapshot(r.Store, r.Region)
	}
	return store.GroupPages(list, q.First, func(s *Snapshot) uuid.UUID { return s.RegionID }), nil
}

// CountByRegion counts the stores of regions. A region without stores is absent.
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
