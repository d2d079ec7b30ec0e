package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
)

// loadViewer loads the viewer as the schema shows it. It returns auth.ErrUnauthenticated if the employee or partner no longer exists.
func (r *Resolver) loadViewer(ctx context.Context, v auth.Viewer) (*graph.Viewer, error) {
	if v.PartnerID != uuid.Nil {
		return r.loadPartnerViewer(ctx, v)
	}
	employee, err := loaders.FromContext(ctx).Staff().Employees.Load(ctx, v.EmployeeID)
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
		Permissions: v.Permissions(),
		StoreID:     v.StoreID,
		RegionID:    v.RegionID,
	}, nil
}

// loadPartnerViewer loads a partner as a viewer, regardless of its stores.
func (r *Resolver) loadPartnerViewer(ctx context.Context, v auth.Viewer) (*graph.Viewer, error) {
	found, err := r.Modules.Partners.GetPartners(ctx, auth.SystemScope(), []uuid.UUID{v.PartnerID})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, auth.ErrUnauthenticated
	}
	return &graph.Viewer{
		ID: found[0].GlobalID(), DisplayName: found[0].Name, Role: v.Role, Permissions: v.Permissions(),
	}, nil
}
