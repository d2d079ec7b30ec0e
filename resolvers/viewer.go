package resolvers

import (
	"context"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
)

// viewer shows who asks. It answers ErrUnauthenticated when the employee is gone.
func (r *Resolver) viewer(ctx context.Context, v auth.Viewer) (*graph.Viewer, error) {
	employee, err := loaders.From(ctx).Staff.Employees.Load(ctx, v.EmployeeID)
	if err != nil {
		return nil, err
	}
	if employee == nil {
		return nil, auth.ErrUnauthenticated
	}
	return &graph.Viewer{
		ID:          employee.GlobalID(),
		DisplayName: employee.DisplayName,
		Role:        v.Role,
		Permissions: v.Role.Permissions(),
		StoreID:     v.StoreID,
		RegionID:    v.RegionID,
	}, nil
}
