package loaders

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"aisle/store"
	"aisle/store/cache"
	"aisle/store/stores"
)

// Stores loads regions and stores.
type Stores struct {
	Regions       *Loader[uuid.UUID, *stores.Region]
	Stores        *Loader[uuid.UUID, *stores.Snapshot]
	IDsOfRegion   *Loader[uuid.UUID, []uuid.UUID] // of the stores
	PagesOfRegion *Loader[ParentQuery[uuid.UUID, stores.PageQuery], store.Page[stores.Snapshot]]
	CountOfRegion *Loader[ParentQuery[uuid.UUID, stores.Filter], int]

	PagesOfSelection *Loader[ParentQuery[stores.Selection, stores.PageQuery], store.Page[stores.Snapshot]]
	CountOfSelection *Loader[ParentQuery[stores.Selection, stores.Filter], int]
}

func newStores(r *request, s *stores.Service, c *EntityCache) Stores {
	return Stores{
		Regions: newCachedRows(r, c.regions, s.GetRegions, func(g *stores.Region) uuid.UUID { return g.ID }, (*stores.Region).VisibleTo),
		Stores: newCachedRows(r, c.stores, s.GetStores, func(s *stores.Snapshot) uuid.UUID { return s.ID },
			(*stores.Snapshot).VisibleTo),
		IDsOfRegion:   newIDsOfRegion(r, s, c),
		PagesOfRegion: newPagesOfRegion(r, s, c),
		CountOfRegion: newByQuery(r, s.CountByRegion),

		PagesOfSelection: newPages(r, s.ListBySelection),
		CountOfSelection: newByQuery(r, s.CountBySelection),
	}
}

// newIDsOfRegion makes a loader of the ids of regions' stores that the scope includes.
func newIDsOfRegion(r *request, s *stores.Service, c *EntityCache) *Loader[uuid.UUID, []uuid.UUID] {
	inScope := func(ids []uuid.UUID) []uuid.UUID {
		return slices.DeleteFunc(slices.Clone(ids), func(id uuid.UUID) bool { return !r.scope.IncludesStore(id) })
	}
	if c.storesOfRegions != nil {
		return newCached(r, c.storesOfRegions, func(_ uuid.UUID, ids []uuid.UUID) []uuid.UUID { return inScope(ids) }, func([][]uuid.UUID) {})
	}
	return newLoader(r, func(ctx context.Context, regionIDs []uuid.UUID) ([][]uuid.UUID, error) {
		lists, err := s.ListIDsByRegions(ctx, regionIDs)
		for i, ids := range lists {
			lists[i] = inScope(ids)
		}
		return lists, err
	})
}

// newPagesOfRegion makes a loader of pages of regions' stores. First pages of all stores by code come from the cache.
func newPagesOfRegion(
	r *request, s *stores.Service, c *EntityCache,
) *Loader[ParentQuery[uuid.UUID, stores.PageQuery], store.Page[stores.Snapshot]] {
	l := newPages(r, s.ListByRegion)
	if c.storesOfRegions == nil {
		return l
	}
	fetch := l.fetch
	l.fetch = func(ctx context.Context, keys []ParentQuery[uuid.UUID, stores.PageQuery]) ([]store.Page[stores.Snapshot], error) {
		if !areFirstPages(keys) {
			return fetch(ctx, keys)
		}
		r.dependencies.AddModule(r.module)
		return firstPages(r, keys, loadFrom(ctx, c.storesOfRegions), loadFrom(ctx, c.stores))
	}
	l.peek = func(keys []ParentQuery[uuid.UUID, stores.PageQuery]) ([]store.Page[stores.Snapshot], bool) {
		if !areFirstPages(keys) {
			return nil, false
		}
		pages, err := firstPages(r, keys, peekFrom(r, c.storesOfRegions), peekFrom(r, c.stores))
		if err != nil {
			return nil, false
		}
		r.dependencies.AddModule(r.module)
		return pages, true
	}
	return l
}

// areFirstPages reports whether all keys are first pages of all stores by code.
func areFirstPages(keys []ParentQuery[uuid.UUID, stores.PageQuery]) bool {
	for _, k := range keys {
		if !k.Query.IsFirstPage() {
			return false
		}
	}
	return true
}

// firstPages returns the first pages of the stores of regions. The two functions read from the caches.
func firstPages(
	r *request, keys []ParentQuery[uuid.UUID, stores.PageQuery],
	storesOfRegions func([]uuid.UUID) ([][]uuid.UUID, error), rows func([]uuid.UUID) ([]*stores.Snapshot, error),
) ([]store.Page[stores.Snapshot], error) {
	regions := make([]uuid.UUID, len(keys))
	for i, k := range keys {
		regions[i] = k.Parent
	}
	lists, err := storesOfRegions(regions)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	for i, list := range lists {
		before := len(ids)
		for _, id := range list {
			if r.scope.IncludesStore(id) && len(ids)-before < int(store.RowLimit(keys[i].Query.First)) {
				ids = append(ids, id)
			}
		}
		lists[i] = ids[before:]
	}
	found, err := rows(ids)
	if err != nil {
		return nil, err
	}
	pages, items := make([]store.Page[stores.Snapshot], len(keys)), make([][]stores.Snapshot, len(keys))
	for i, list := range lists {
		page := slices.Grow([]stores.Snapshot(nil), len(list))
		for _, row := range found[:len(list)] {
			if row != nil && row.RegionID == regions[i] { // else the store has moved since the list was cached
				page = append(page, *row)
			}
		}
		found = found[len(list):]
		pages[i] = store.NewPage(page, keys[i].Query.First)
		items[i] = pages[i].Items
	}
	remember(r.peers, items...)
	return pages, nil
}

// loadFrom returns a function that loads values from a cache, which may have to fetch them.
func loadFrom[K comparable, V any](ctx context.Context, c *cache.Cache[K, V]) func([]K) ([]V, error) {
	return func(keys []K) ([]V, error) { return c.Load(ctx, keys) }
}

var errNotCached = errors.New("memory does not have all values")

// peekFrom returns a function that returns the values of a cache if memory has all of them.
func peekFrom[K comparable, V any](r *request, c *cache.Cache[K, V]) func([]K) ([]V, error) {
	return func(keys []K) ([]V, error) {
		values, ok := peekAll(r, c, keys)
		if !ok {
			return nil, errNotCached
		}
		return values, nil
	}
}
