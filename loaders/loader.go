package loaders

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/graph-gophers/dataloader/v7"

	"aisle/auth"
	"aisle/store"
)

// batchCap is how many keys one statement may carry; more are shared out to several.
const batchCap = 1000

// Loader reads values by their keys: what is asked for within a short wait is read by one statement, and only once. It
// lives as long as one request and belongs to one viewer.
type Loader[K comparable, V any] struct {
	inner *dataloader.Loader[K, V]
	cache dataloader.Cache[K, V]
	peers *peers
}

// request is what all the loaders of one request have in common.
type request struct {
	scope auth.Scope
	wait  time.Duration
	peers *peers
}

// fetchFunc reads the values of keys in the order of the keys.
type fetchFunc[K comparable, V any] func(ctx context.Context, keys []K) ([]V, error)

func newLoader[K comparable, V any](r *request, fetch fetchFunc[K, V]) *Loader[K, V] {
	cache := dataloader.NewCache[K, V]()
	batch := func(ctx context.Context, keys []K) []*dataloader.Result[V] {
		values, err := fetch(ctx, keys)
		results := make([]*dataloader.Result[V], len(keys))
		for i := range keys {
			if err != nil {
				results[i] = &dataloader.Result[V]{Error: err}
				continue
			}
			results[i] = &dataloader.Result[V]{Data: values[i]}
		}
		return results
	}
	return &Loader[K, V]{
		inner: dataloader.NewBatchedLoader(batch, dataloader.WithCache(cache),
			dataloader.WithWait[K, V](r.wait), dataloader.WithBatchCapacity[K, V](batchCap)),
		cache: cache,
		peers: r.peers,
	}
}

// Load reads the value of one key.
func (l *Loader[K, V]) Load(ctx context.Context, key K) (V, error) { return l.inner.Load(ctx, key)() }

// Each reads one value for each of the parents, in their order. Parents that were read together are asked for
// together, whichever of them comes first: see peers.
func Each[P any, K comparable, V any](
	ctx context.Context, l *Loader[K, V], parents []*P, key func(*P) K,
) ([]V, error) {
	return each(ctx, l, parents, func(p *P) (K, bool) { return key(p), true })
}

// EachOptional is Each for parents whose key may be null: they get the zero value.
func EachOptional[P, V any](
	ctx context.Context, l *Loader[uuid.UUID, V], parents []*P, key func(*P) uuid.NullUUID,
) ([]V, error) {
	return each(ctx, l, parents, func(p *P) (uuid.UUID, bool) { k := key(p); return k.UUID, k.Valid })
}

func each[P any, K comparable, V any](
	ctx context.Context, l *Loader[K, V], parents []*P, key func(*P) (K, bool),
) ([]V, error) {
	thunks := make([]dataloader.Thunk[V], len(parents))
	for i, parent := range parents {
		k, ok := key(parent)
		if !ok {
			continue
		}
		if _, asked := l.cache.Get(ctx, k); !asked {
			for _, peer := range peersOf(l.peers, parent) {
				if k, ok := key(peer); ok {
					l.inner.Load(ctx, k)
				}
			}
		}
		thunks[i] = l.inner.Load(ctx, k)
	}
	values := make([]V, len(parents))
	for i, thunk := range thunks {
		if thunk == nil {
			continue
		}
		value, err := thunk()
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}

// newRows makes a loader of single rows, which are nil where there is none.
func newRows[K comparable, T any](
	r *request, fetch func(context.Context, auth.Scope, []K) ([]T, error), key func(*T) K,
) *Loader[K, *T] {
	return newLoader(r, func(ctx context.Context, keys []K) ([]*T, error) {
		rows, err := fetch(ctx, r.scope, keys)
		if err != nil {
			return nil, err
		}
		remember(r.peers, rows)
		byKey := make(map[K]*T, len(rows))
		for i := range rows {
			byKey[key(&rows[i])] = &rows[i]
		}
		values := make([]*T, len(keys))
		for i, k := range keys {
			values[i] = byKey[k]
		}
		return values, nil
	})
}

// newLists makes a loader of whole lists, which the fetch reads list by list.
func newLists[K comparable, T any](
	r *request, fetch func(context.Context, auth.Scope, []K) ([]T, error), key func(*T) K,
) *Loader[K, []T] {
	return newLoader(r, func(ctx context.Context, keys []K) ([][]T, error) {
		rows, err := fetch(ctx, r.scope, keys)
		if err != nil {
			return nil, err
		}
		remember(r.peers, rows)
		byKey := make(map[K][]T, len(keys))
		for start := 0; start < len(rows); {
			owner, end := key(&rows[start]), start+1
			for end < len(rows) && key(&rows[end]) == owner {
				end++
			}
			byKey[owner] = rows[start:end:end]
			start = end
		}
		values := make([][]T, len(keys))
		for i, k := range keys {
			values[i] = byKey[k]
			if values[i] == nil {
				values[i] = []T{}
			}
		}
		return values, nil
	})
}

// Of is the key of something that a parent has and that a query describes: a page, a count.
type Of[P, Q comparable] struct {
	Parent P
	Query  Q
}

// newByQuery makes a loader of what parents have: one statement for each different query.
func newByQuery[P, Q comparable, V any](
	r *request, fetch func(context.Context, auth.Scope, []P, Q) (map[P]V, error),
) *Loader[Of[P, Q], V] {
	return newLoader(r, func(ctx context.Context, keys []Of[P, Q]) ([]V, error) {
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
	r *request, fetch func(context.Context, auth.Scope, []P, Q) (map[P]store.Rows[T], error),
) *Loader[Of[P, Q], store.Rows[T]] {
	return newByQuery(r, func(ctx context.Context, scope auth.Scope, parents []P, query Q) (map[P]store.Rows[T], error) {
		pages, err := fetch(ctx, scope, parents, query)
		lists := make([][]T, 0, len(pages))
		for _, page := range pages {
			lists = append(lists, page.Items)
		}
		remember(r.peers, lists...)
		return pages, err
	})
}

// newCounts makes a loader of figures of parents, which are zero where the fetch gives none.
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
