package resolvers

import (
	"time"
	"unicode/utf8"

	"aisle/graph"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/inventory"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// maxSearchLen is the maximum length of a search text, in characters. No name in the chain is longer.
const maxSearchLen = 200

// parseSearch checks the search text of a filter.
func parseSearch(s *string) (string, error) {
	text := deref(s)
	if n := utf8.RuneCountInString(text); n > maxSearchLen {
		return "", store.NewInputError("search", "The search text has %d characters. At most %d are allowed.", n, maxSearchLen)
	}
	if !store.IsValidText(text) {
		return "", store.NewInputError("search", "The search text has a null character or is not valid UTF-8.")
	}
	return text, nil
}

func newStoreQuery(first *int32, after *string, f *graph.StoreFilter) (q stores.PageQuery, err error) {
	if err = parsePage(first, after, stores.ParseCursor, &q.First, &q.After); err != nil || f == nil {
		return q, err
	}
	q.Statuses = store.NewSet(f.Status...)
	if q.Search, err = parseSearch(f.Search); err != nil {
		return q, err
	}
	q.RegionID, err = parseOptionalID("regionId", stores.RegionPrefix, f.RegionID)
	return q, err
}

func newEmployeeQuery(first *int32, after *string, f *graph.EmployeeFilter) (q staff.PageQuery, err error) {
	if err = parsePage(first, after, staff.ParseCursor, &q.First, &q.After); err != nil || f == nil {
		return q, err
	}
	q.Roles, q.Statuses = store.NewSet(f.Role...), store.NewSet(f.Status...)
	if q.Search, err = parseSearch(f.Search); err != nil {
		return q, err
	}
	q.StoreID, err = parseOptionalID("storeId", stores.StorePrefix, f.StoreID)
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
	q.CategoryID, err = parseOptionalID("categoryId", catalog.CategoryPrefix, f.CategoryID)
	return q, err
}

func newStockQuery(first *int32, after *string, f *graph.StockFilter) (q inventory.StockPageQuery, err error) {
	if err = parsePage(first, after, inventory.ParseStockCursor, &q.First, &q.After); err != nil || f == nil {
		return q, err
	}
	q.IsLow = store.NewOptionalBool(f.IsLow)
	return q, nil
}

func newTaskQuery(first *int32, after *string, f *graph.TaskFilter, order tasks.Order) (q tasks.PageQuery, err error) {
	if order == "" { // a null variable; the default applies only if the argument is omitted
		return q, store.NewInputError("orderBy", "orderBy is null. Send %s or %s, or omit it.", tasks.OrderDueAt, tasks.OrderCreatedAt)
	}
	q.Order = order
	parse := func(s string) (store.Cursor, error) { return tasks.ParseCursor(order, s) }
	if err = parsePage(first, after, parse, &q.First, &q.After); err != nil || f == nil {
		return q, err
	}
	q.Statuses, q.Kinds = store.NewSet(f.Status...), store.NewSet(f.Kind...)
	q.DueFrom, q.DueBefore = deref[time.Time](f.DueFrom), deref[time.Time](f.DueBefore)
	q.AssigneeID, err = parseOptionalID("assigneeId", staff.EmployeePrefix, f.AssigneeID)
	return q, err
}
