package stores

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// A RegionFilter selects regions. The zero value selects all.
type RegionFilter struct {
	Statuses store.Set[RegionStatus] // empty for all
	Search   string                  // part of the code or the name, ignoring case
}

// A RegionPageQuery is a page of the list of regions, by code.
type RegionPageQuery struct {
	RegionFilter

	First int32
	After store.Cursor
}

// regionOrder marks cursors of lists of regions by code.
const regionOrder = 'r'

// ParseRegionCursor parses a cursor of a list of regions.
func ParseRegionCursor(s string) (store.Cursor, error) { return store.ParseTextCursor(regionOrder, s) }

// Cursor returns the region's cursor.
func (r Region) Cursor() store.Cursor { return store.TextCursor(regionOrder, r.Code, r.ID) }

// GetRegions returns the regions with the ids that the scope includes, in no order.
func (s *Service) GetRegions(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Region, error) {
	rows, err := s.q.getRegions(ctx, getRegionsParams{
		Ids: ids, ScopeAll: scope.All(), ScopeRegion: scope.RegionID(),
	})
	if err != nil {
		return nil, fmt.Errorf("regions by id: %w", err)
	}
	return rows, nil
}

// FindRegionByCode returns the region with the code. It returns nil if the scope includes no such region.
func (s *Service) FindRegionByCode(ctx context.Context, scope auth.Scope, code string) (*Region, error) {
	rows, err := s.q.getRegionsByCode(ctx, getRegionsByCodeParams{
		Codes: []string{code}, ScopeAll: scope.All(), ScopeRegion: scope.RegionID(),
	})
	if err != nil {
		return nil, fmt.Errorf("region by code: %w", err)
	}
	var found *Region
	if len(rows) > 0 {
		found = &rows[0]
	}
	return found, nil
}

// VisibleTo reports whether the scope includes the region, with the same rule as GetRegions.
func (r *Region) VisibleTo(scope auth.Scope) bool {
	return scope.All() || scope.RegionID() == uuid.NullUUID{UUID: r.ID, Valid: true}
}

// ListRegions returns one page of the regions that the scope includes.
func (s *Service) ListRegions(ctx context.Context, scope auth.Scope, q RegionPageQuery) (store.Page[Region], error) {
	rows, err := s.lists.listRegions(ctx, listRegionsParams{
		ScopeAll: scope.All(), ScopeRegion: scope.RegionID(),
		Statuses: q.Statuses.Strings(), Pattern: store.LikePattern(q.Search), AfterCode: q.After.Text(), RowLimit: store.RowLimit(q.First),
	})
	if err != nil {
		return store.Page[Region]{}, fmt.Errorf("page of regions: %w", err)
	}
	return store.NewPage(rows, q.First), nil
}

// CountRegions counts the regions that the scope includes.
func (s *Service) CountRegions(ctx context.Context, scope auth.Scope, f RegionFilter) (int, error) {
	n, err := s.lists.countRegions(ctx, countRegionsParams{
		ScopeAll: scope.All(), ScopeRegion: scope.RegionID(), Statuses: f.Statuses.Strings(), Pattern: store.LikePattern(f.Search),
	})
	if err != nil {
		return 0, fmt.Errorf("count regions: %w", err)
	}
	return int(n), nil
}
