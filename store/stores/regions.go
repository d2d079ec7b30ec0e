package stores

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// RegionPageQuery is one page of the list of regions, in the order of their codes.
type RegionPageQuery struct {
	First int32
	After store.Cursor
}

// Cursor is the region's place in a list.
func (r Region) Cursor() store.Cursor { return store.TextCursor(cursorOrder, r.Code, r.ID) }

// Regions reads the regions that have the ids and that the scope sees, in no order.
func (s *Service) Regions(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Region, error) {
	rows, err := s.q.regionsByID(ctx, regionsByIDParams{
		Ids: ids, ScopeAll: scope.All(), ScopeRegion: scope.RegionID(),
	})
	if err != nil {
		return nil, fmt.Errorf("regions by id: %w", err)
	}
	return rows, nil
}

// RegionPage reads one page of the regions that the scope sees.
func (s *Service) RegionPage(ctx context.Context, scope auth.Scope, q RegionPageQuery) (store.Rows[Region], error) {
	rows, err := s.q.regionPage(ctx, regionPageParams{
		ScopeAll: scope.All(), ScopeRegion: scope.RegionID(),
		AfterCode: q.After.Text(), RowLimit: store.Limit(q.First),
	})
	if err != nil {
		return store.Rows[Region]{}, fmt.Errorf("page of regions: %w", err)
	}
	return store.Cut(rows, q.First), nil
}

// CountRegions counts the regions that the scope sees.
func (s *Service) CountRegions(ctx context.Context, scope auth.Scope) (int, error) {
	n, err := s.q.countRegions(ctx, countRegionsParams{ScopeAll: scope.All(), ScopeRegion: scope.RegionID()})
	if err != nil {
		return 0, fmt.Errorf("count regions: %w", err)
	}
	return int(n), nil
}
