package loaders

import (
	"context"

	"aisle/auth"
	"aisle/store/cache"
)

// newCached makes a loader that reads through a cache. show returns what the request may see of a cached value: a zero value
// if it is outside its scope. addPeers remembers which values were read together.
func newCached[K comparable, C, V any](r *request, c *cache.Cache[K, C], show func(K, C) V, addPeers func([]V)) *Loader[K, V] {
	showAll := func(keys []K, cached []C) []V {
		r.dependencies.AddModule(r.module)
		values := make([]V, len(keys))
		for i, k := range keys {
			values[i] = show(k, cached[i])
		}
		addPeers(values)
		return values
	}
	l := newLoader(r, func(ctx context.Context, keys []K) ([]V, error) {
		cached, err := c.Load(ctx, keys)
		if err != nil {
			r.dependencies.AddModule(r.module)
			return nil, err
		}
		return showAll(keys, cached), nil
	})
	l.peek = func(keys []K) ([]V, bool) {
		cached, ok := peekAll(r, c, keys)
		if !ok {
			return nil, false
		}
		return showAll(keys, cached), true
	}
	return l
}

// peekAll returns the cached values of keys if memory has all of them.
func peekAll[K comparable, V any](r *request, c *cache.Cache[K, V], keys []K) (values []V, ok bool) {
	values = make([]V, len(keys))
	for i, k := range keys {
		if values[i], ok = c.Peek(k, r.now); !ok {
			return nil, false
		}
	}
	c.AddHits(len(keys))
	r.statements.AddCacheHits(len(keys))
	return values, true
}

// newCachedRows is newRows through a cache, or newRows if the cache is nil. isVisible decides what a scope includes, as fetch
// does in SQL.
func newCachedRows[K comparable, T any](
	r *request, c *cache.Cache[K, *T], fetch func(context.Context, auth.Scope, []K) ([]T, error), key func(*T) K,
	isVisible func(*T, auth.Scope) bool,
) *Loader[K, *T] {
	if c == nil {
		return newRows(r, fetch, key)
	}
	return newCached(r, c, func(_ K, row *T) *T {
		if row == nil || !isVisible(row, r.scope) {
			return nil
		}
		return row
	}, func(rows []*T) { rememberGroup(r.peers, rows) })
}

// newCachedLists is newLists through a cache, for lists that every scope includes, or newLists if the cache is nil.
func newCachedLists[K comparable, T any](
	r *request, c *cache.Cache[K, []T], fetch func(context.Context, auth.Scope, []K) ([]T, error), key func(*T) K,
) *Loader[K, []T] {
	if c == nil {
		return newLists(r, fetch, key)
	}
	return newCached(r, c, func(_ K, list []T) []T { return list }, func(lists [][]T) { remember(r.peers, lists...) })
}

// visibleToAll is the isVisible of what belongs to the chain.
func visibleToAll[T any](*T, auth.Scope) bool { return true }
