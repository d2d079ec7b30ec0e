package stores

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// RegionPageQuery is one page of the list of regions, in the order of their codes.
type RegionPageQuery struct {
	First int32
	After store.Cursor
}

// regionOrder marks the cursors of lists of regions, in the order of the code.
const regionOrder = 'r'

// ParseRegionCursor reads the cursor of a list of regions.
func ParseRegionCursor(s string) (store.Cursor, error) { return store.ParseTextCursor(regionOrder, s) }

// Cursor is the region's place in a list.
func (r Region) Cursor() store.Cursor { return store.TextCursor(regionOrder, r.Code, r.ID) }

// GetRegions reads the regions that have the ids and that the scope sees, in no order.
func (s *Service) GetRegions(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Region, error) {
	rows, err := s.q.getRegions(ctx, getRegionsParams{
		Ids: ids, ScopeAll: scope.All(), ScopeRegion: scope.RegionID(),
	})
	return rows, store.Wrap("regions by id", err)
}

// VisibleTo says whether the scope sees the region, as Regions does in SQL.
func (r *Region) VisibleTo(scope auth.Scope) bool {
	return scope.All() || scope.RegionID() == uuid.NullUUID{UUID: r.ID, Valid: true}
}

// ListRegions reads one page of the regions that the scope sees.
func (s *Service) ListRegions(ctx context.Context, scope auth.Scope, q RegionPageQuery) (store.Page[Region], error) {
	rows, err := s.q.listRegions(ctx, listRegionsParams{
		ScopeAll: scope.All(), ScopeRegion: scope.RegionID(),
		AfterCode: q.After.Text(), RowLimit: store.RowLimit(q.First),
	})
	return store.NewPage(rows, q.First), store.Wrap("page of regions", err)
}

// CountRegions counts the regions that the scope sees.
func (s *Service) CountRegions(ctx context.Context, scope auth.Scope) (int, error) {
	n, err := s.q.countRegions(ctx, countRegionsParams{ScopeAll: scope.All(), ScopeRegion: scope.RegionID()})
	return int(n), store.Wrap("count regions", err)
}
