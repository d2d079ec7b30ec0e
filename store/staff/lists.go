package staff

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// Filter says which employees a list has. Its zero value is all of them.
type Filter struct {
	StoreID uuid.NullUUID
	Roles   store.Set[auth.Role] // empty for all
	Status  Status               // empty for all
	Search  string               // any part of the name or the login, in any case
}

// PageQuery is one page of a list of employees, in the order of their names.
type PageQuery struct {
	Filter

	First int32
	After store.Cursor
}

// cursorOrder marks the cursors of lists in the order of the name.
const cursorOrder = 'n'

// ParseCursor reads the cursor of a list of employees.
func ParseCursor(s string) (store.Cursor, error) { return store.ParseTextCursor(cursorOrder, s) }

// Cursor is the employee's place in a list.
func (e Employee) Cursor() store.Cursor { return store.TextCursor(cursorOrder, e.DisplayName, e.ID) }

// List reads one page of the employees whom the scope sees.
func (s *Service) List(ctx context.Context, scope auth.Scope, q PageQuery) (store.Page[Employee], error) {
	rows, err := s.lists.listEmployees(ctx, listEmployeesParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ScopeRegion: scope.RegionID(), ScopeOfEmployee: scope.BelongsToEmployee(),
		StoreID: q.StoreID, Roles: q.Roles.Strings(), Status: store.NilIfEmpty(q.Status), Pattern: store.LikePattern(q.Search),
		AfterName: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.NewPage(rows, q.First), store.Wrap("page of employees", err)
}

// Count counts the employees whom the scope sees.
func (s *Service) Count(ctx context.Context, scope auth.Scope, f Filter) (int, error) {
	n, err := s.lists.countEmployees(ctx, countEmployeesParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ScopeRegion: scope.RegionID(), ScopeOfEmployee: scope.BelongsToEmployee(),
		StoreID: f.StoreID, Roles: f.Roles.Strings(), Status: store.NilIfEmpty(f.Status), Pattern: store.LikePattern(f.Search),
	})
	return int(n), store.Wrap("count employees", err)
}

// ListByStore reads one page of the employees of each store. The query's own store is not looked at.
func (s *Service) ListByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q PageQuery,
) (map[uuid.UUID]store.Page[Employee], error) {
	rows, err := s.lists.listEmployeesByStore(ctx, listEmployeesByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		Roles: q.Roles.Strings(), Status: store.NilIfEmpty(q.Status), Pattern: store.LikePattern(q.Search),
		AfterName: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.GroupPages(rows, q.First, func(e *Employee) uuid.UUID { return e.StoreID.UUID }), store.Wrap("pages of employees of stores", err)
}

// CountByStore counts the employees of each store; a store without any is absent.
func (s *Service) CountByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, f Filter,
) (map[uuid.UUID]int, error) {
	rows, err := s.lists.countEmployeesByStore(ctx, countEmployeesByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		Roles: f.Roles.Strings(), Status: store.NilIfEmpty(f.Status), Pattern: store.LikePattern(f.Search),
	})
	counts := make(map[uuid.UUID]int, len(rows))
	for _, r := range rows {
		counts[r.StoreID.UUID] = int(r.Total)
	}
	return counts, store.Wrap("count employees of stores", err)
}
