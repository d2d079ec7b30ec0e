package staff

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// A Filter selects employees. The zero value selects all.
type Filter struct {
	StoreID      uuid.NullUUID
	RegionID     uuid.NullUUID
	RegionStores store.Set[string]    // the ids of the region's stores
	Roles        store.Set[auth.Role] // empty for all
	Statuses     store.Set[Status]    // empty for all
	Search       string               // part of the name or the login, ignoring case
}

// A PageQuery is a page of a list of employees, by name.
type PageQuery struct {
	Filter

	First int32
	After store.Cursor
}

// cursorOrder marks cursors of lists by name.
const cursorOrder = 'n'

// ParseCursor parses a cursor of a list of employees.
func ParseCursor(s string) (store.Cursor, error) { return store.ParseTextCursor(cursorOrder, s) }

// Cursor returns the employee's cursor.
func (e Employee) Cursor() store.Cursor { return store.TextCursor(cursorOrder, e.DisplayName, e.ID) }

// List returns one page of the employees whom the scope includes.
func (s *Service) List(ctx context.Context, scope auth.Scope, q PageQuery) (store.Page[Employee], error) {
	return store.List(ctx, "employees", s.lists.listEmployees, listEmployeesParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ScopeRegion: scope.RegionID(), ScopeOfEmployee: scope.BelongsToEmployee(),
		StoreID: q.StoreID, RegionID: q.RegionID, RegionStores: q.RegionStores.Strings(),
		Roles: q.Roles.Strings(), Statuses: q.Statuses.Strings(), Pattern: store.LikePattern(q.Search),
		AfterName: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First)
}

// Count counts the employees whom the scope includes.
func (s *Service) Count(ctx context.Context, scope auth.Scope, f Filter) (int, error) {
	return store.Count(ctx, "employees", s.lists.countEmployees, countEmployeesParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ScopeRegion: scope.RegionID(), ScopeOfEmployee: scope.BelongsToEmployee(),
		StoreID: f.StoreID, RegionID: f.RegionID, RegionStores: f.RegionStores.Strings(),
		Roles: f.Roles.Strings(), Statuses: f.Statuses.Strings(), Pattern: store.LikePattern(f.Search),
	})
}

// ListByStore returns one page of employees for each store.
func (s *Service) ListByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q PageQuery,
) (map[uuid.UUID]store.Page[Employee], error) {
	return store.ListByParent(ctx, "employees of stores", s.lists.listEmployeesByStore, listEmployeesByStoreParams{
		StoreID: q.StoreID, StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: q.RegionID, RegionStores: q.RegionStores.Strings(),
		Roles: q.Roles.Strings(), Statuses: q.Statuses.Strings(), Pattern: store.LikePattern(q.Search),
		AfterName: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First, func(e *Employee) uuid.UUID { return e.StoreID.UUID })
}

// CountByStore counts the employees of stores. A store without employees is absent.
func (s *Service) CountByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, f Filter,
) (map[uuid.UUID]int, error) {
	return store.CountByParent(ctx, "employees of stores", s.lists.countEmployeesByStore, countEmployeesByStoreParams{
		StoreID: f.StoreID, StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		RegionID: f.RegionID, RegionStores: f.RegionStores.Strings(),
		Roles: f.Roles.Strings(), Statuses: f.Statuses.Strings(), Pattern: store.LikePattern(f.Search),
	}, func(r countEmployeesByStoreRow) (uuid.UUID, int64) { return r.StoreID.UUID, r.Total })
}
