package resolvers

// gqlgen adds what is missing here when the schema grows. It keeps the resolvers and moves everything else out: helpers
// live in other files.

import (
	"context"

	"github.com/google/uuid"

	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/staff"
	"aisle/store/stores"
)

func (r *employeeResolver) Store(ctx context.Context, objs []*staff.Employee) ([]*stores.Snapshot, error) {
	return loaders.EachOptional(ctx, loaders.From(ctx).Stores.Stores, objs,
		func(e *staff.Employee) uuid.NullUUID { return e.StoreID })
}

func (r *employeeResolver) Region(ctx context.Context, objs []*staff.Employee) ([]*stores.Region, error) {
	return loaders.EachOptional(ctx, loaders.From(ctx).Stores.Regions, objs,
		func(e *staff.Employee) uuid.NullUUID { return e.RegionID })
}

func (r *queryResolver) Employee(ctx context.Context, id string) (*staff.Employee, error) {
	employeeID, err := store.ParseID(staff.EmployeePrefix, id)
	if err != nil {
		return nil, err
	}
	return loaders.From(ctx).Staff.Employees.Load(ctx, employeeID)
}

func (r *queryResolver) Employees(ctx context.Context, first *int32, after *string, storeID *string, filter *graph.EmployeeFilter) (*graph.Connection[staff.Employee], error) {
	q, err := employeeQuery(first, after, filter)
	if err != nil {
		return nil, err
	}
	if q.StoreID, err = optionalID(stores.StorePrefix, storeID); err != nil {
		return nil, err
	}
	scope := loaders.From(ctx).Scope
	rows, err := r.Modules.Staff.Page(ctx, scope, q)
	return connection(ctx, rows, err, q.After, (*staff.Employee).Cursor, func(ctx context.Context) (int, error) {
		return r.Modules.Staff.Count(ctx, scope, q.Filter)
	})
}

func (r *Resolver) Employee() graph.EmployeeResolver { return &employeeResolver{r} }

type employeeResolver struct{ *Resolver }
