package resolvers

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/inventory"
	"aisle/store/partners"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// maxSearchLen is the maximum length of a search text, in characters. No name in the chain is longer.
const maxSearchLen = 200

// parseSearch checks the search text of a filter.
func parseSearch(s *string) (string, error) {
	text := store.Deref(s)
	if n := utf8.RuneCountInString(text); n > maxSearchLen {
		return "", store.NewUserError(store.CodeTooLong, "filter.search",
			"The search text has %d characters. It may have up to %d.", n, maxSearchLen)
	}
	if !store.IsValidText(text) {
		return "", store.NewInputError("filter.search", "The search text contains NUL or invalid UTF-8. Send valid UTF-8 without NUL.")
	}
	return text, nil
}

func newStoreQuery(
	ctx context.Context, first *int32, after *string, f *graph.StoreFilter, order stores.Order,
) (q stores.PageQuery, err error) {
	if err := checkOrder(order, stores.OrderCodeAsc, stores.OrderCodeDesc, stores.OrderNameAsc, stores.OrderNameDesc); err != nil {
		return q, err
	}
	q.Order = order
	parse := func(s string) (store.Cursor, error) { return stores.ParseCursor(order, s) }
	if err = parsePage(first, after, parse, &q.First, &q.After); err != nil || f == nil {
		return q, err
	}
	if q.IDs, err = parseHasOverdueTasks(ctx, f.HasOverdueTasks); err != nil {
		return q, err
	}
	q.Statuses = store.NewSet(f.Status...)
	if q.Search, err = parseSearch(f.Search); err != nil {
		return q, err
	}
	q.RegionID, err = parseOptionalID("filter.regionId", stores.RegionPrefix, f.RegionID)
	return q, err
}

// parseHasOverdueTasks returns the filter of the stores that have overdue tasks, or that have none; nil for no filter.
func parseHasOverdueTasks(ctx context.Context, has *bool) (*stores.IDFilter, error) {
	if has == nil {
		return nil, nil
	}
	if !auth.ViewerFromContext(ctx).Can(auth.PermissionTasksRead) {
		return nil, &graph.DeniedError{Name: "StoreFilter.hasOverdueTasks", Permission: auth.PermissionTasksRead}
	}
	ids, err := loaders.FromContext(ctx).Tasks().OverdueStores.Load(ctx, struct{}{})
	return &stores.IDFilter{IDs: ids, Except: !*has}, err
}

func newRegionQuery(first *int32, after *string, f *graph.RegionFilter) (q stores.RegionPageQuery, err error) {
	if err = parsePage(first, after, stores.ParseRegionCursor, &q.First, &q.After); err != nil || f == nil {
		return q, err
	}
	q.Statuses = store.NewSet(f.Status...)
	q.Search, err = parseSearch(f.Search)
	return q, err
}

func (r *Resolver) newEmployeeQuery(
	ctx context.Context, first *int32, after *string, f *graph.EmployeeFilter,
) (q staff.PageQuery, err error) {
	if err = parsePage(first, after, staff.ParseCursor, &q.First, &q.After); err != nil || f == nil {
		return q, err
	}
	q.Roles, q.Statuses = store.NewSet(f.Role...), store.NewSet(f.Status...)
	if q.Search, err = parseSearch(f.Search); err != nil {
		return q, err
	}
	if q.StoreID, err = parseOptionalID("filter.storeId", stores.StorePrefix, f.StoreID); err != nil {
		return q, err
	}
	if q.RegionID, err = parseOptionalID("filter.regionId", stores.RegionPrefix, f.RegionID); err != nil || !q.RegionID.Valid {
		return q, err
	}
	ids, err := r.Modules.Stores.ListIDsByRegion(ctx, q.RegionID.UUID)
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	q.RegionStores = store.NewSet(texts...)
	return q, err
}

func newProductQuery(first *int32, after *string, f *graph.ProductFilter) (q catalog.PageQuery, err error) {
	if err = parsePage(first, after, catalog.ParseCursor, &q.First, &q.After); err != nil || f == nil {
		return q, err
	}
	if q.Search, err = parseSearch(f.Search); err != nil {
		return q, err
	}
	q.Statuses = store.NewSet(f.Status...)
	q.CategoryID, err = parseOptionalID("filter.categoryId", catalog.CategoryPrefix, f.CategoryID)
	return q, err
}

func newStockQuery(first *int32, after *string, f *graph.StockFilter) (q inventory.StockPageQuery, err error) {
	if err = parsePage(first, after, inventory.ParseStockCursor, &q.First, &q.After); err != nil || f == nil {
		return q, err
	}
	q.IsLow = store.NewOptionalBool(f.IsLow)
	return q, nil
}

// newTaskQuery parses the arguments of a list of tasks.
func (r *Resolver) newTaskQuery(
	ctx context.Context, first *int32, after *string, f *graph.TaskFilter, order tasks.Order,
) (q tasks.PageQuery, err error) {
	if err := checkOrder(order, tasks.OrderDueAtAsc, tasks.OrderDueAtDesc, tasks.OrderCreatedAtAsc, tasks.OrderCreatedAtDesc); err != nil {
		return q, err
	}
	q.Order = order
	parse := func(s string) (store.Cursor, error) { return tasks.ParseCursor(order, s) }
	if err = parsePage(first, after, parse, &q.First, &q.After); err != nil || f == nil {
		return q, err
	}
	q.Statuses, q.Kinds, q.Priorities = store.NewSet(f.Status...), store.NewSet(f.Kind...), store.NewSet(f.Priority...)
	q.DueFrom, q.DueBefore = store.Deref[time.Time](f.DueFrom), store.Deref[time.Time](f.DueBefore)
	if q.Search, err = parseSearch(f.Search); err != nil {
		return q, err
	}
	if q.AssigneeID, err = parseOptionalID("filter.assigneeId", staff.EmployeePrefix, f.AssigneeID); err != nil {
		return q, err
	}
	if f.IsUnfinished != nil {
		q.SelectUnfinished(*f.IsUnfinished)
	}
	if f.IsOverdue != nil {
		now := loaders.FromContext(ctx).Now
		store.DependencyRecorderFrom(ctx).AddExpiry(now) // any task may become overdue next
		q.SelectOverdue(*f.IsOverdue, now)
	}
	q.Stores, err = r.parseStores(ctx, f.StoreID, f.RegionID)
	return q, err
}

// parseStores returns the stores of a filter by a store and a region, each of which may be null.
func (r *Resolver) parseStores(ctx context.Context, storeID, regionID *string) (selected tasks.StoreSet, err error) {
	if storeID == nil && regionID == nil {
		return selected, nil
	}
	id, err := parseOptionalID("filter.storeId", stores.StorePrefix, storeID)
	if err != nil {
		return selected, err
	}
	region, err := parseOptionalID("filter.regionId", stores.RegionPrefix, regionID)
	if err != nil {
		return selected, err
	}
	if !region.Valid {
		return tasks.NewStoreSet(id.UUID), nil
	}
	ids, err := r.Modules.Stores.ListIDsByRegion(ctx, region.UUID)
	if id.Valid {
		ids = slices.DeleteFunc(ids, func(of uuid.UUID) bool { return of != id.UUID })
	}
	return tasks.NewStoreSet(ids...), err
}

func newPartnerQuery(first *int32, after *string, f *graph.PartnerFilter) (q partners.PageQuery, err error) {
	if err = parsePage(first, after, partners.ParseCursor, &q.First, &q.After); err != nil || f == nil {
		return q, err
	}
	q.Statuses = store.NewSet(f.Status...)
	q.Search, err = parseSearch(f.Search)
	return q, err
}

func newTemplateQuery(first *int32, after *string, f *graph.TaskTemplateFilter) (q tasks.TemplatePageQuery, err error) {
	if err = parsePage(first, after, tasks.ParseTemplateCursor, &q.First, &q.After); err != nil || f == nil {
		return q, err
	}
	q.Kinds, q.IsArchived = store.NewSet(f.Kind...), store.Deref(f.IsArchived)
	q.Search, err = parseSearch(f.Search)
	return q, err
}
