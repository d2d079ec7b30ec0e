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
	PagesOfRegion *Loader[ParentQuery[uuid.UUID, stores.PageQuery], store.Page[stores.Snapshot]]
	CountOfRegion *Loader[ParentQuery[uuid.UUID, stores.Filter], int]
}

func newStores(r *request, s *stores.Service, h *EntityCache) Stores {
	return Stores{
		Regions: newHotRows(r, h.regions, s.GetRegions, func(g *stores.Region) uuid.UUID { return g.ID }, (*stores.Region).VisibleTo),
		Stores: newHotRows(r, h.stores, s.GetStores, func(s *stores.Snapshot) uuid.UUID { return s.ID },
			(*stores.Snapshot).VisibleTo),
		PagesOfRegion: newPagesOfRegion(r, s, h),
		CountOfRegion: newByQuery(r, s.CountByRegion),
	}
}

// newPagesOfRegion makes a loader of pages of regions' stores. First pages of all of a region's stores are made of what is hot.
func newPagesOfRegion(
	r *request, s *stores.Service, h *EntityCache,
) *Loader[ParentQuery[uuid.UUID, stores.PageQuery], store.Page[stores.Snapshot]] {
	l := newPages(r, s.ListByRegion)
	if h.storesOfRegions == nil {
		return l
	}
	read := l.fetch
	l.fetch = func(ctx context.Context, keys []ParentQuery[uuid.UUID, stores.PageQuery]) ([]store.Page[stores.Snapshot], error) {
		if !allFirstPages(keys) {
			return read(ctx, keys)
		}
		r.reads.AddModule(r.module)
		return firstPages(r, keys, loading(ctx, h.storesOfRegions), loading(ctx, h.stores))
	}
	l.recall = func(keys []ParentQuery[uuid.UUID, stores.PageQuery]) ([]store.Page[stores.Snapshot], bool) {
		if !allFirstPages(keys) {
			return nil, false
		}
		pages, err := firstPages(r, keys, peeking(r, h.storesOfRegions), peeking(r, h.stores))
		if err != nil {
			return nil, false
		}
		r.reads.AddModule(r.module)
		return pages, true
	}
	return l
}

// allFirstPages says whether these are the first pages of lists of all stores.
func allFirstPages(keys []ParentQuery[uuid.UUID, stores.PageQuery]) bool {
	for _, k := range keys {
		if k.Query.Filter != (stores.Filter{}) || !k.Query.After.IsZero() {
			return false
		}
	}
	return true
}

// firstPages are the first pages of the stores of regions.
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
			if row != nil && row.RegionID == regions[i] { // else it has moved since the list was read
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

// loading gives a cache's values, which it may have to read.
func loading[K comparable, V any](ctx context.Context, c *cache.Cache[K, V]) func([]K) ([]V, error) {
	return func(keys []K) ([]V, error) { return c.Load(ctx, keys) }
}

// errNotAtHand says that not all values are in memory.
var errNotAtHand = errors.New("not at hand")

// peeking gives a cache's values if all are in memory.
func peeking[K comparable, V any](r *request, c *cache.Cache[K, V]) func([]K) ([]V, error) {
	return func(keys []K) ([]V, error) {
		values, ok := atHand(r, c, keys)
		if !ok {
			return nil, errNotAtHand
		}
		return values, nil
	}
}
