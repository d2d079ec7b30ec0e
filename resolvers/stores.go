package resolvers

// gqlgen adds what is missing here when the schema grows. It keeps the resolvers and moves everything else out: helpers
// live in other files.

import (
	"context"
	"time"

	"github.com/google/uuid"

	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/inventory"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

func (r *queryResolver) Region(ctx context.Context, id string) (*stores.Region, error) {
	regionID, err := store.ParseID(stores.RegionPrefix, id)
	if err != nil {
		return nil, err
	}
	return loaders.From(ctx).Stores.Regions.Load(ctx, regionID)
}

func (r *queryResolver) Regions(ctx context.Context, first *int32, after *string) (*graph.Connection[stores.Region], error) {
	q := stores.RegionPageQuery{}
	if err := page(first, after, stores.ParseCursor, &q.First, &q.After); err != nil {
		return nil, err
	}
	scope := loaders.From(ctx).Scope
	rows, err := r.Modules.Stores.RegionPage(ctx, scope, q)
	return connection(ctx, rows, err, q.After, (*stores.Region).Cursor, func(ctx context.Context) (int, error) {
		return r.Modules.Stores.CountRegions(ctx, scope)
	})
}

func (r *queryResolver) Store(ctx context.Context, id string) (*stores.Snapshot, error) {
	storeID, err := store.ParseID(stores.StorePrefix, id)
	if err != nil {
		return nil, err
	}
	return loaders.From(ctx).Stores.Stores.Load(ctx, storeID)
}

func (r *queryResolver) Stores(ctx context.Context, first *int32, after *string, filter *graph.StoreFilter) (*graph.Connection[stores.Snapshot], error) {
	q, err := storeQuery(first, after, filter)
	if err != nil {
		return nil, err
	}
	scope := loaders.From(ctx).Scope
	rows, err := r.Modules.Stores.Page(ctx, scope, q)
	return connection(ctx, rows, err, q.After, storeCursor, func(ctx context.Context) (int, error) {
		return r.Modules.Stores.Count(ctx, scope, q.Filter)
	})
}

func (r *regionResolver) Manager(ctx context.Context, objs []*stores.Region) ([]*staff.Employee, error) {
	return loaders.Each(ctx, loaders.From(ctx).Staff.ManagerOfRegion, objs, regionID)
}

func (r *regionResolver) Stores(ctx context.Context, objs []*stores.Region, first *int32, after *string, status *stores.Status, search *string) ([]*graph.Connection[stores.Snapshot], error) {
	q, err := storeQuery(first, after, &graph.StoreFilter{Status: status, Search: search})
	if err != nil {
		return nil, err
	}
	l := loaders.From(ctx).Stores
	return list[stores.Region, loaders.Of[uuid.UUID, stores.PageQuery], loaders.Of[uuid.UUID, stores.Filter], stores.Snapshot]{
		l.PagesOfRegion, of(regionID, q), l.CountOfRegion, of(regionID, q.Filter), q.After, storeCursor,
	}.of(ctx, objs)
}

func (r *storeResolver) Manager(ctx context.Context, objs []*stores.Snapshot) ([]*staff.Employee, error) {
	return loaders.Each(ctx, loaders.From(ctx).Staff.ManagerOfStore, objs, storeID)
}

func (r *storeResolver) Employees(ctx context.Context, objs []*stores.Snapshot, first *int32, after *string, filter *graph.EmployeeFilter) ([]*graph.Connection[staff.Employee], error) {
	q, err := employeeQuery(first, after, filter)
	if err != nil {
		return nil, err
	}
	l := loaders.From(ctx).Staff
	return list[stores.Snapshot, loaders.Of[uuid.UUID, staff.PageQuery], loaders.Of[uuid.UUID, staff.Filter], staff.Employee]{
		l.PagesOfStore, of(storeID, q), l.CountOfStore, of(storeID, q.Filter), q.After, (*staff.Employee).Cursor,
	}.of(ctx, objs)
}

func (r *storeResolver) OpenTaskCount(ctx context.Context, objs []*stores.Snapshot) ([]int32, error) {
	return workloads(ctx, objs, func(w tasks.Workload) int32 { return w.Open })
}

func (r *storeResolver) OverdueTaskCount(ctx context.Context, objs []*stores.Snapshot) ([]int32, error) {
	return workloads(ctx, objs, func(w tasks.Workload) int32 { return w.Overdue })
}

func (r *storeResolver) Tasks(ctx context.Context, objs []*stores.Snapshot, first *int32, after *string, filter *graph.TaskFilter, orderBy tasks.Order) ([]*graph.Connection[tasks.Task], error) {
	q, err := taskQuery(first, after, filter, orderBy)
	if err != nil {
		return nil, err
	}
	l := loaders.From(ctx).Tasks
	return list[stores.Snapshot, loaders.Of[uuid.UUID, tasks.PageQuery], loaders.Of[uuid.UUID, tasks.Filter], tasks.Task]{
		l.PagesOfStore, of(storeID, q), l.CountOfStore, of(storeID, q.Filter), q.After, taskCursor(orderBy),
	}.of(ctx, objs)
}

func (r *storeResolver) Stock(ctx context.Context, objs []*stores.Snapshot, first *int32, after *string, onlyLow bool) ([]*graph.Connection[inventory.Stock], error) {
	q := inventory.StockPageQuery{OnlyLow: onlyLow}
	if err := page(first, after, inventory.ParseStockCursor, &q.First, &q.After); err != nil {
		return nil, err
	}
	l := loaders.From(ctx).Inventory
	return list[stores.Snapshot, loaders.Of[uuid.UUID, inventory.StockPageQuery], loaders.Of[uuid.UUID, bool], inventory.Stock]{
		l.StockPages, of(storeID, q), l.StockCount, of(storeID, onlyLow), q.After, (*inventory.Stock).Cursor,
	}.of(ctx, objs)
}

func (r *storeResolver) Lots(ctx context.Context, objs []*stores.Snapshot, first *int32, after *string, expiresBy *time.Time) ([]*graph.Connection[inventory.Lot], error) {
	q := inventory.LotPageQuery{}
	if expiresBy != nil {
		q.ExpiresBy = *expiresBy
	}
	if err := page(first, after, inventory.ParseLotCursor, &q.First, &q.After); err != nil {
		return nil, err
	}
	l := loaders.From(ctx).Inventory
	return list[stores.Snapshot, loaders.Of[uuid.UUID, inventory.LotPageQuery], loaders.Of[uuid.UUID, time.Time], inventory.Lot]{
		l.LotPagesOfStores, of(storeID, q), l.LotCountOfStores, of(storeID, q.ExpiresBy), q.After, (*inventory.Lot).Cursor,
	}.of(ctx, objs)
}

func (r *Resolver) Region() graph.RegionResolver { return &regionResolver{r} }

func (r *Resolver) Store() graph.StoreResolver { return &storeResolver{r} }

type (
	regionResolver struct{ *Resolver }
	storeResolver  struct{ *Resolver }
)

// !!! WARNING !!!
// The code below was going to be deleted when updating resolvers. It has been copied here so you have
// one last chance to move it out of harms way if you want. There are two reasons this happens:
//  - When renaming or deleting a resolver the old code will be put in here. You can safely delete
//    it when you're done.
//  - You have helper methods in this file. Move them out to keep these resolver files clean.
/*
	func (r *storeResolver) OpeningHours(ctx context.Context, obj *stores.Snapshot) ([]stores.OpeningPeriod, error) {
	panic(fmt.Errorf("not implemented: OpeningHours - openingHours"))
}
*/
