// Package staff is the module of the chain's employees.
package staff

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"aisle/auth"
	"aisle/store"
)

// EmployeePrefix is the prefix of employees' global ids.
const EmployeePrefix = "employee"

// GlobalID returns the employee's id for clients.
func (e Employee) GlobalID() string { return store.GlobalID(EmployeePrefix, e.ID) }

// Service reads and writes the module's rows.
type Service struct {
	q     *Queries
	lists *Queries // for the statements with optional filters
}

// NewService returns the module's service on a pool or a transaction.
func NewService(db store.DB) *Service {
	db = store.WithModule(db, "staff")
	return &Service{New(db), New(store.WithCustomPlan(db))}
}

// FindByLogin returns the employee with a login, ignoring case and surrounding spaces; nil if there is none. It takes no scope:
// nobody has one before signing in.
func (s *Service) FindByLogin(ctx context.Context, login string) (*Employee, error) {
	login = strings.ToLower(strings.TrimSpace(login))
	if !store.IsValidText(login) {
		return nil, nil //nolint:nilnil // no employee can have it
	}
	row, err := s.q.findEmployeeByLogin(ctx, login)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, fmt.Errorf("employee by login: %w", err)
	}
	return &row, nil
}

// GetEmployees returns the employees with the ids whom the scope includes, in no order.
func (s *Service) GetEmployees(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Employee, error) {
	rows, err := s.q.getEmployees(ctx, getEmployeesParams{
		Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ScopeRegion: scope.RegionID(), ScopeOfEmployee: scope.BelongsToEmployee(),
	})
	if err != nil {
		return nil, fmt.Errorf("employees by id: %w", err)
	}
	return rows, nil
}

// VisibleTo reports whether the scope includes the employee, with the same rule as GetEmployees.
func (e *Employee) VisibleTo(scope auth.Scope) bool {
	if e.StoreID.Valid {
		return scope.IncludesStore(e.StoreID.UUID)
	}
	return scope.All() || scope.BelongsToEmployee() && (!e.RegionID.Valid || e.RegionID == scope.RegionID())
}

// ListStoreManagers returns the active manager of each store; the one hired first if there are several.
func (s *Service) ListStoreManagers(ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID) ([]Employee, error) {
	rows, err := s.q.listStoreManagers(ctx, listStoreManagersParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	if err != nil {
		return nil, fmt.Errorf("managers of stores: %w", err)
	}
	return rows, nil
}

// VisibleInStore reports whether the scope includes the manager of a store, with the same rule as ListStoreManagers.
func (e *Employee) VisibleInStore(scope auth.Scope) bool { return scope.IncludesStore(e.StoreID.UUID) }

// ListRegionManagers returns the active manager of each region; the one hired first if there are several.
func (s *Service) ListRegionManagers(ctx context.Context, scope auth.Scope, regionIDs []uuid.UUID) ([]Employee, error) {
	rows, err := s.q.listRegionManagers(ctx, listRegionManagersParams{
		RegionIds: regionIDs, ScopeAll: scope.All(), ScopeRegion: scope.RegionID(),
	})
	if err != nil {
		return nil, fmt.Errorf("managers of regions: %w", err)
	}
	return rows, nil
}

// VisibleInRegion reports whether the scope includes the manager of a region, with the same rule as ListRegionManagers.
func (e *Employee) VisibleInRegion(scope auth.Scope) bool {
	return scope.All() || e.RegionID.Valid && e.RegionID == scope.RegionID()
}
