// Package staff is the module of the people who work in the chain.
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

// Status says whether an employee works for the chain now.
type Status string

// The statuses. Only the active can sign in.
const (
	StatusActive   Status = "ACTIVE"
	StatusInactive Status = "INACTIVE"
)

// GlobalID is the employee's id as clients see it.
func (e Employee) GlobalID() string { return store.GlobalID(EmployeePrefix, e.ID) }

// Service reads the module's rows.
type Service struct {
	q     *Queries
	lists *Queries // those with optional filters
}

// NewService makes the module's service on a pool or a transaction.
func NewService(db store.DB) *Service {
	db = store.WithModule(db, "staff")
	return &Service{New(db), New(store.WithCustomPlan(db))}
}

// FindByLogin finds who signs in with a login, in any case and with spaces around it; nil when nobody does. It takes no
// scope, because nobody has one before signing in.
func (s *Service) FindByLogin(ctx context.Context, login string) (*Employee, error) {
	login = strings.ToLower(strings.TrimSpace(login))
	if !store.IsValidText(login) {
		return nil, nil //nolint:nilnil // nobody has such a login
	}
	row, err := s.q.findEmployeeByLogin(ctx, login)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // nobody has this login
	}
	if err != nil {
		return nil, fmt.Errorf("employee by login: %w", err)
	}
	return &row, nil
}

// GetEmployees reads the employees who have the ids and whom the scope sees, in no order.
func (s *Service) GetEmployees(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Employee, error) {
	rows, err := s.q.getEmployees(ctx, getEmployeesParams{
		Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), ScopeRegion: scope.RegionID(), ScopeOfEmployee: scope.BelongsToEmployee(),
	})
	return rows, store.Wrap("employees by id", err)
}

// VisibleTo says whether the scope sees the employee, as Employees does in SQL.
func (e *Employee) VisibleTo(scope auth.Scope) bool {
	if e.StoreID.Valid {
		return scope.IncludesStore(e.StoreID.UUID)
	}
	return scope.All() || scope.BelongsToEmployee() && (!e.RegionID.Valid || e.RegionID == scope.RegionID())
}

// ListStoreManagers reads the active manager of each store, the one hired first where there are several.
func (s *Service) ListStoreManagers(ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID) ([]Employee, error) {
	rows, err := s.q.listStoreManagers(ctx, listStoreManagersParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	return rows, store.Wrap("managers of stores", err)
}

// VisibleInStore says whether the scope sees the manager of a store, as ListStoreManagers does in SQL.
func (e *Employee) VisibleInStore(scope auth.Scope) bool { return scope.IncludesStore(e.StoreID.UUID) }

// ListRegionManagers reads the active manager of each region, the one hired first where there are several.
func (s *Service) ListRegionManagers(ctx context.Context, scope auth.Scope, regionIDs []uuid.UUID) ([]Employee, error) {
	rows, err := s.q.listRegionManagers(ctx, listRegionManagersParams{
		RegionIds: regionIDs, ScopeAll: scope.All(), ScopeRegion: scope.RegionID(),
	})
	return rows, store.Wrap("managers of regions", err)
}

// VisibleInRegion says whether the scope sees the manager of a region, as ListRegionManagers does in SQL.
func (e *Employee) VisibleInRegion(scope auth.Scope) bool {
	return scope.All() || e.RegionID.Valid && e.RegionID == scope.RegionID()
}
