package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
)

// viewerPrefix is the prefix of viewers' global ids, which have the UUID of the employee or partner. A viewer is not a node: it has no
// row, and each viewer sees only itself.
const viewerPrefix = "viewer"

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
		ID:          store.GlobalID(viewerPrefix, employee.ID),
		DisplayName: employee.DisplayName,
		Employee:    employee,
		Role:        &v.Role,
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
		ID: store.GlobalID(viewerPrefix, found[0].ID), DisplayName: found[0].Name, Partner: &found[0], Permissions: v.Permissions(),
	}, nil
}
