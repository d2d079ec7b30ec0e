package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
	"aisle/store/staff"
	"aisle/store/stores"
)

// EmployeeDirectory finds the employees whom foreign issuers vouch for. It is an auth.EmployeeDirectory: the zero Viewer is nobody.
type EmployeeDirectory struct {
	Staff  *staff.Service
	Stores *stores.Service
}

// FindByLogin finds an active employee by login.
func (v EmployeeDirectory) FindByLogin(ctx context.Context, login string) (auth.Viewer, error) {
	employee, err := v.Staff.FindByLogin(ctx, login)
	if err != nil || employee == nil {
		return auth.Viewer{}, err
	}
	return v.viewer(ctx, *employee)
}

// FindByID finds an active employee by global id.
func (v EmployeeDirectory) FindByID(ctx context.Context, id string) (auth.Viewer, error) {
	parsed, err := store.ParseID(staff.EmployeePrefix, id)
	if err != nil {
		return auth.Viewer{}, nil //nolint:nilerr // nobody has such an id
	}
	employees, err := v.Staff.GetEmployees(ctx, auth.SystemScope(), []uuid.UUID{parsed})
	if err != nil || len(employees) == 0 {
		return auth.Viewer{}, err
	}
	return v.viewer(ctx, employees[0])
}

func (v EmployeeDirectory) viewer(ctx context.Context, e staff.Employee) (auth.Viewer, error) {
	if e.Status != staff.StatusActive {
		return auth.Viewer{}, nil
	}
	return viewerOf(ctx, v.Stores, e)
}

// viewerOf is the viewer that an employee is, without a session.
func viewerOf(ctx context.Context, s *stores.Service, e staff.Employee) (auth.Viewer, error) {
	viewer := auth.Viewer{EmployeeID: e.ID, Role: e.Role, StoreID: e.StoreID, RegionID: e.RegionID}
	if !e.StoreID.Valid {
		return viewer, nil
	}
	found, err := s.GetStores(ctx, auth.SystemScope(), []uuid.UUID{e.StoreID.UUID})
	if err != nil {
		return auth.Viewer{}, err
	}
	if len(found) > 0 {
		viewer.RegionID = uuid.NullUUID{UUID: found[0].RegionID, Valid: true}
	}
	return viewer, nil
}
