package loaders

import (
	"context"

	"aisle/auth"
	"aisle/store"
)

// newRows makes a loader of single rows. The row of an unknown key is nil.
func newRows[K comparable, T any](
	r *request, fetch func(context.Context, auth.Scope, []K) ([]T, error), key func(*T) K,
) *Loader[K, *T] {
	return newLoader(r, func(ctx context.Context, keys []K) ([]*T, error) {
		rows, err := fetch(ctx, r.scope, keys)
		if err != nil {
			return nil, err
		}
		remember(r.peers, rows)
		return inOrder(rows, keys, key), nil
	})
}

// inOrder returns the rows in the order of the keys, with nil for a key without a row.
func inOrder[K comparable, T any](rows []T, keys []K, key func(*T) K) []*T {
	byKey := make(map[K]*T, len(rows))
	for i := range rows {
		byKey[key(&rows[i])] = &rows[i]
	}
	values := make([]*T, len(keys))
	for i, k := range keys {
		values[i] = byKey[k]
	}
	return values
}

// newLists makes a loader of whole lists. fetch returns the rows of a list next to each other.
func newLists[K comparable, T any](
	r *request, fetch func(context.Context, auth.Scope, []K) ([]T, error), key func(*T) K,
) *Loader[K, []T] {
	return newLoader(r, func(ctx context.Context, keys []K) ([][]T, error) {
		rows, err := fetch(ctx, r.scope, keys)
		if err != nil {
			return nil, err
		}
		remember(r.peers, rows)
		return groupByKey(rows, keys, key), nil
	})
}

// groupByKey returns the lists in the order of the keys. The rows of a list are next to each other.
func groupByKey[K comparable, T any](rows []T, keys []K, key func(*T) K) [][]T {
	byKey := make(map[K][]T, len(keys))
	for start := 0; start < len(rows); {
		k, end := key(&rows[start]), start+1
		for end < len(rows) && key(&rows[end]) == k {
			end++
		}
		byKey[k] = rows[start:end:end]
		start = end
	}
	values := make([][]T, len(keys))
	for i, k := range keys {
		values[i] = byKey[k]
		if values[i] == nil {
			values[i] = []T{}
		}
	}
	return values
}

// A ParentQuery is the key of something that belongs to a parent and is described by a query, such as a page or a count.
type ParentQuery[P, Q comparable] struct {
	Parent P
	Query  Q
}

// newByQuery makes a loader of what belongs to parents. It sends a statement for each different query.
func newByQuery[P, Q comparable, V any](
	r *request, fetch func(context.Context, auth.Scope, []P, Q) (map[P]V, error),
) *Loader[ParentQuery[P, Q], V] {
	return newLoader(r, func(ctx context.Context, keys []ParentQuery[P, Q]) ([]V, error) {
		parents := map[Q][]P{}
		for _, k := range keys {
			parents[k.Query] = append(parents[k.Query], k.Parent)
		}
		found := make(map[Q]map[P]V, len(parents))
		for query, ids := range parents {
			values, err := fetch(ctx, r.scope, ids, query)
			if err != nil {
				return nil, err
			}
			found[query] = values
		}
		values := make([]V, len(keys))
		for i, k := range keys {
			values[i] = found[k.Query][k.Parent]
		}
		return values, nil
	})
}

// newPages makes a loader of pages.
func newPages[P, Q comparable, T any](
	r *request, fetch func(context.Context, auth.Scope, []P, Q) (map[P]store.Page[T], error),
) *Loader[ParentQuery[P, Q], store.Page[T]] {
	return newByQuery(r, func(ctx context.Context, scope auth.Scope, parents []P, query Q) (map[P]store.Page[T], error) {
		pages, err := fetch(ctx, scope, parents, query)
		lists := make([][]T, 0, len(pages))
		for _, page := range pages {
			lists = append(lists, page.Items)
		}
		remember(r.peers, lists...)
		return pages, err
	})
}

// newCounts makes a loader of numbers of parents. The number of a parent that fetch does not return is zero.
func newCounts[P comparable, V any](
	r *request, fetch func(context.Context, auth.Scope, []P) (map[P]V, error),
) *Loader[P, V] {
	return newLoader(r, func(ctx context.Context, parents []P) ([]V, error) {
		found, err := fetch(ctx, r.scope, parents)
		values := make([]V, len(parents))
		for i, parent := range parents {
			values[i] = found[parent]
		}
		return values, err
	})
}
