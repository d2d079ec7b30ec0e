package sessions

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
	"aisle/store/staff"
	"aisle/store/stores"
)

// Staff finds employees.
type Staff interface {
	FindByLogin(ctx context.Context, login string) (*staff.Employee, error)
	GetEmployees(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]staff.Employee, error)
}

// Stores finds stores.
type Stores interface {
	GetStores(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]stores.Snapshot, error)
}

// EmployeeDirectory finds the employees whom tokens of external issuers name. It implements auth.EmployeeDirectory: it returns the zero
// Viewer for an employee who does not exist or is inactive.
type EmployeeDirectory struct {
	Staff  Staff
	Stores Stores
}

// FindByLogin finds an active employee by login.
func (d EmployeeDirectory) FindByLogin(ctx context.Context, login string) (auth.Viewer, error) {
	employee, err := d.Staff.FindByLogin(ctx, login)
	if err != nil || !isActive(employee) {
		return auth.Viewer{}, err
	}
	return d.viewer(ctx, *employee)
}

// FindByID finds an active employee by global id.
func (d EmployeeDirectory) FindByID(ctx context.Context, id string) (auth.Viewer, error) {
	parsed, err := store.ParseID(staff.EmployeePrefix, id)
	if err != nil {
		return auth.Viewer{}, nil //nolint:nilerr // no employee has such an id
	}
	employee, err := d.employee(ctx, parsed)
	if err != nil || !isActive(employee) {
		return auth.Viewer{}, err
	}
	return d.viewer(ctx, *employee)
}

// employee finds an employee, active or not. It returns nil if there is none.
func (d EmployeeDirectory) employee(ctx context.Context, id uuid.UUID) (*staff.Employee, error) {
	found, err := d.Staff.GetEmployees(ctx, auth.SystemScope(), []uuid.UUID{id})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func isActive(e *staff.Employee) bool { return e != nil && e.Status == staff.StatusActive }

// viewer returns the employee as a viewer without a session.
func (d EmployeeDirectory) viewer(ctx context.Context, e staff.Employee) (auth.Viewer, error) {
	viewer := auth.Viewer{EmployeeID: e.ID, Role: e.Role, StoreID: e.StoreID, RegionID: e.RegionID}
	if !e.StoreID.Valid {
		return viewer, nil
	}
	found, err := d.Stores.GetStores(ctx, auth.SystemScope(), []uuid.UUID{e.StoreID.UUID})
	if err != nil {
		return auth.Viewer{}, err
	}
	if len(found) > 0 {
		viewer.RegionID = uuid.NullUUID{UUID: found[0].RegionID, Valid: true}
	}
	return viewer, nil
}
