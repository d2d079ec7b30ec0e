package staff

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// A Filter selects employees. The zero value selects all.
type Filter struct {
	StoreID uuid.NullUUID
	Roles   store.Set[auth.Role] // empty for all
	Status  Status               // empty for all
	Search  string               // part of the name or the login, ignoring case
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
	rows, err := s.lists.listEmployees(ctx, listEmployeesParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ScopeRegion: scope.RegionID(), ScopeOfEmployee: scope.BelongsToEmployee(),
		StoreID: q.StoreID, Roles: q.Roles.Strings(), Status: store.NilIfEmpty(q.Status), Pattern: store.LikePattern(q.Search),
		AfterName: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.NewPage(rows, q.First), store.Wrap("page of employees", err)
}

// Count counts the employees whom the scope includes.
func (s *Service) Count(ctx context.Context, scope auth.Scope, f Filter) (int, error) {
	n, err := s.lists.countEmployees(ctx, countEmployeesParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ScopeRegion: scope.RegionID(), ScopeOfEmployee: scope.BelongsToEmployee(),
		StoreID: f.StoreID, Roles: f.Roles.Strings(), Status: store.NilIfEmpty(f.Status), Pattern: store.LikePattern(f.Search),
	})
	return int(n), store.Wrap("count employees", err)
}

// ListByStore returns one page of employees for each store. It ignores q.StoreID.
func (s *Service) ListByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q PageQuery,
) (map[uuid.UUID]store.Page[Employee], error) {
	rows, err := s.lists.listEmployeesByStore(ctx, listEmployeesByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		Roles: q.Roles.Strings(), Status: store.NilIfEmpty(q.Status), Pattern: store.LikePattern(q.Search),
		AfterName: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.GroupPages(rows, q.First, func(e *Employee) uuid.UUID { return e.StoreID.UUID }),
		store.Wrap("pages of employees of stores", err)
}

// CountByStore counts the employees of stores. A store without employees is absent.
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
