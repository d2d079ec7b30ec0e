package loaders

import (
	"context"
	"slices"

	"aisle/auth"
)

// fetchRows makes the fetch of a cache of single rows. Each row is copied: a pointer into the slice would hold the whole slice
// in memory.
func fetchRows[K comparable, T any](
	fetch func(context.Context, auth.Scope, []K) ([]T, error), key func(*T) K,
) func(context.Context, []K) ([]*T, error) {
	return func(ctx context.Context, keys []K) ([]*T, error) {
		found, err := fetch(ctx, auth.SystemScope(), keys)
		if err != nil {
			return nil, err
		}
		rows := make([]*T, len(keys))
		for i, row := range inOrder(found, keys, key) {
			if row != nil {
				copied := *row
				rows[i] = &copied
			}
		}
		return rows, nil
	}
}

// fetchLists makes the fetch of a cache of whole lists. Each list is copied, as in fetchRows.
func fetchLists[K comparable, T any](
	fetch func(context.Context, auth.Scope, []K) ([]T, error), key func(*T) K,
) func(context.Context, []K) ([][]T, error) {
	return func(ctx context.Context, keys []K) ([][]T, error) {
		found, err := fetch(ctx, auth.SystemScope(), keys)
		if err != nil {
			return nil, err
		}
		lists := groupByKey(found, keys, key)
		for i, list := range lists {
			lists[i] = slices.Clone(list)
		}
		return lists, nil
	}
}
