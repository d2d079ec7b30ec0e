package loaders

import (
	"context"

	"aisle/auth"
	"aisle/store/cache"
)

// newHot makes a loader of what a cache keeps. see is what the request sees of a value: nothing, where its scope does not let
// it. gather notes what was read together.
func newHot[K comparable, C, V any](r *request, c *cache.Cache[K, C], see func(K, C) V, gather func([]V)) *Loader[K, V] {
	l := newLoader(r, func(ctx context.Context, keys []K) ([]V, error) {
		r.reads.AddModule(r.module)
		kept, err := c.Load(ctx, keys)
		if err != nil {
			return nil, err
		}
		values := make([]V, len(keys))
		for i, k := range keys {
			values[i] = see(k, kept[i])
		}
		gather(values)
		return values, nil
	})
	l.recall = func(keys []K) ([]V, bool) {
		kept, ok := atHand(r, c, keys)
		if !ok {
			return nil, false
		}
		values := make([]V, len(keys))
		for i, k := range keys {
			values[i] = see(k, kept[i])
		}
		r.reads.AddModule(r.module)
		gather(values)
		return values, true
	}
	return l
}

// atHand gives a cache's values of keys if all are in memory.
func atHand[K comparable, V any](r *request, c *cache.Cache[K, V], keys []K) (values []V, ok bool) {
	values = make([]V, len(keys))
	for i, k := range keys {
		if values[i], ok = c.Peek(k, r.now); !ok {
			return nil, false
		}
	}
	c.AddHits(len(keys))
	r.sent.AddCacheHits(len(keys))
	return values, true
}

// newHotRows is newRows for rows of a cache; without one it is newRows. visible says whether a scope sees a row, as the fetch
// does in SQL.
func newHotRows[K comparable, T any](
	r *request, c *cache.Cache[K, *T], fetch func(context.Context, auth.Scope, []K) ([]T, error), key func(*T) K,
	visible func(*T, auth.Scope) bool,
) *Loader[K, *T] {
	if c == nil {
		return newRows(r, fetch, key)
	}
	return newHot(r, c, func(_ K, row *T) *T {
		if row == nil || !visible(row, r.scope) {
			return nil
		}
		return row
	}, func(rows []*T) { rememberGroup(r.peers, rows) })
}

// newHotLists is newLists for lists that all scopes see; without a cache it is newLists.
func newHotLists[K comparable, T any](
	r *request, c *cache.Cache[K, []T], fetch func(context.Context, auth.Scope, []K) ([]T, error), key func(*T) K,
) *Loader[K, []T] {
	if c == nil {
		return newLists(r, fetch, key)
	}
	return newHot(r, c, func(_ K, list []T) []T { return list }, func(lists [][]T) { remember(r.peers, lists...) })
}

// everyone sees what is the chain's.
func everyone[T any](*T, auth.Scope) bool { return true }
