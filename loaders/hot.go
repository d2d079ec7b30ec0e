package loaders

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
	"aisle/store/cache"
	"aisle/store/catalog"
	"aisle/store/events"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// EntityCache keeps what is read far more than it is written, for all requests of a node, and knows by which events that changes. Its
// values are read for the system; each request sees of them what its scope lets it. It must be one of the watchers of the log
// of events, and keeps nothing before it is told of them.
//
// The zero Hot keeps nothing: loaders that are made with it, or with nil, read all where it is true.
type EntityCache struct {
	stores            *cache.Cache[uuid.UUID, *stores.Snapshot]
	regions           *cache.Cache[uuid.UUID, *stores.Region]
	storesOfRegions   *cache.Cache[uuid.UUID, []uuid.UUID]
	employees         *cache.Cache[uuid.UUID, *staff.Employee]
	managersOfStores  *cache.Cache[uuid.UUID, *staff.Employee]
	managersOfRegions *cache.Cache[uuid.UUID, *staff.Employee]
	products          *cache.Cache[uuid.UUID, *catalog.ProductWithCategory]
	categories        *cache.Cache[uuid.UUID, *catalog.Category]
	children          *cache.Cache[uuid.UUID, []catalog.Category]
	prices            *cache.Cache[catalog.PriceKey, []catalog.Price]
	templates         *cache.Cache[uuid.UUID, *tasks.Template]
	templateSteps     *cache.Cache[uuid.UUID, []tasks.TemplateStep]

	all     []hotKind
	current func() time.Time
}

// at is the Hot of a request that comes in at an instant: the zero Hot when it is not known what happened lately. When the log
// cannot be read, or is held back, all is read where it is true until it goes on.
func (h *EntityCache) at(now time.Time) *EntityCache {
	if h == nil || h.current != nil && now.Sub(h.current()) > events.MaxStaleness {
		return &EntityCache{}
	}
	return h
}

// hotKind is what all of the caches can, whatever they keep.
type hotKind interface {
	Reset(after store.Position)
	Advance(at store.Position)
	Stats() cache.Stats
}

var _ events.Watcher = (*EntityCache)(nil)

// EntityCacheOptions are what Hot is made of.
type EntityCacheOptions struct {
	MaxBytes uint64            // of memory, about
	Database string            // which database, as store.Identity says it; where Shared is set
	Shared   *cache.SharedTier // Redis; nil for none
	Now      func() time.Time
	Jitter   func() float64 // from 0 to 1; nil for one that nobody foresees
	// Current is when all that happened was known last, as events.Log says it; nil for always.
	Current func() time.Time
}

// NewEntityCache makes a node's.
func NewEntityCache(m Modules, o EntityCacheOptions) *EntityCache {
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	h := &EntityCache{current: o.Current}
	h.stores = keep(h, o, "store", 8, uuid.UUID.String, rows(m.Stores.GetStores, func(s *stores.Snapshot) uuid.UUID { return s.ID }))
	h.regions = keep(h, o, "region", 1, uuid.UUID.String, rows(m.Stores.GetRegions, func(r *stores.Region) uuid.UUID { return r.ID }))
	h.storesOfRegions = keep(h, o, "stores_of_region_by_code", 2, uuid.UUID.String, m.Stores.ListIDsByRegions)
	h.employees = keep(h, o, "employee", 17, uuid.UUID.String,
		rows(m.Staff.GetEmployees, func(e *staff.Employee) uuid.UUID { return e.ID }))
	h.managersOfStores = keep(h, o, "manager_of_store", 5, uuid.UUID.String,
		rows(m.Staff.ListStoreManagers, func(e *staff.Employee) uuid.UUID { return e.StoreID.UUID }))
	h.managersOfRegions = keep(h, o, "manager_of_region", 1, uuid.UUID.String,
		rows(m.Staff.ListRegionManagers, func(e *staff.Employee) uuid.UUID { return e.RegionID.UUID }))
	h.products = keep(h, o, "product", 30, uuid.UUID.String, rows(m.Catalog.GetProducts, func(i *catalog.ProductWithCategory) uuid.UUID { return i.ID }))
	h.categories = keep(h, o, "category", 3, uuid.UUID.String,
		rows(m.Catalog.GetCategories, func(c *catalog.Category) uuid.UUID { return c.ID }))
	h.children = keep(h, o, "children_of_category", 3, uuid.UUID.String,
		lists(m.Catalog.ListChildCategories, func(c *catalog.Category) uuid.UUID { return c.ParentID.UUID }))
	h.prices = keep(h, o, "price", 25, catalog.PriceKey.String,
		lists(func(ctx context.Context, scope auth.Scope, keys []catalog.PriceKey) ([]catalog.Price, error) {
			return m.Catalog.ListCurrentAndFuturePrices(ctx, scope, keys, o.Now())
		}, func(p *catalog.Price) catalog.PriceKey { return p.Key() }))
	h.templates = keep(h, o, "template", 2, uuid.UUID.String,
		rows(m.Tasks.GetTemplates, func(t *tasks.Template) uuid.UUID { return t.ID }))
	h.templateSteps = keep(h, o, "steps_of_template", 3, uuid.UUID.String,
		lists(m.Tasks.ListTemplateSteps, func(s *tasks.TemplateStep) uuid.UUID { return s.TemplateID }))
	return h
}

// keep makes one of the caches, which gets so many hundredths of the memory.
func keep[K comparable, V any](
	h *EntityCache, o EntityCacheOptions, kind string, share uint64, text func(K) string, fetch func(context.Context, []K) ([]V, error),
) *cache.Cache[K, V] {
	c := cache.New(cache.Options[K, V]{
		Kind: kind, Database: o.Database, Fetch: fetch, KeyText: text, MaxBytes: o.MaxBytes / 100 * share, Shared: o.Shared, Now: o.Now, Jitter: o.Jitter,
	})
	h.all = append(h.all, c)
	return c
}

// rows reads single rows for a cache.
func rows[K comparable, T any](
	fetch func(context.Context, auth.Scope, []K) ([]T, error), key func(*T) K,
) func(context.Context, []K) ([]*T, error) {
	return func(ctx context.Context, keys []K) ([]*T, error) {
		found, err := fetch(ctx, auth.SystemScope(), keys)
		if err != nil {
			return nil, err
		}
		single := make([]*T, len(keys))
		for i, row := range inOrder(found, keys, key) {
			if row != nil { // not a part of what was read together: all of that would stay in memory with it
				alone := *row
				single[i] = &alone
			}
		}
		return single, nil
	}
}

// lists reads whole lists for a cache.
func lists[K comparable, T any](
	fetch func(context.Context, auth.Scope, []K) ([]T, error), key func(*T) K,
) func(context.Context, []K) ([][]T, error) {
	return func(ctx context.Context, keys []K) ([][]T, error) {
		found, err := fetch(ctx, auth.SystemScope(), keys)
		if err != nil {
			return nil, err
		}
		alone := parted(found, keys, key)
		for i, list := range alone {
			alone[i] = slices.Clone(list)
		}
		return alone, nil
	}
}

// Reset forgets all.
func (h *EntityCache) OnReset(after store.Position) {
	for _, c := range h.all {
		c.Reset(after)
	}
}

// OnEvents makes void what the events change. They say so themselves for each row but these:
//
//   - a store has its region with it, so a region that changes makes all stores void;
//   - a store that moves leaves a region that the event does not name, and so does a region's manager;
//   - categories come with a chain, and no command changes them.
func (h *EntityCache) OnEvents(batch []*events.Event) {
	if len(batch) == 0 {
		return
	}
	for _, e := range batch {
		switch e.Type { //nolint:exhaustive // what the others change is not hot
		case store.EventStoreChanged:
			h.stores.Invalidate(e.SubjectID, e.Position)
			h.storesOfRegions.InvalidateAll(e.Position)
		case store.EventRegionChanged:
			h.regions.Invalidate(e.SubjectID, e.Position)
			h.stores.InvalidateAll(e.Position)
		case store.EventEmployeeChanged:
			h.employees.Invalidate(e.SubjectID, e.Position)
			if e.StoreID.Valid {
				h.managersOfStores.Invalidate(e.StoreID.UUID, e.Position)
			} else {
				h.managersOfRegions.InvalidateAll(e.Position)
			}
		case store.EventProductChanged:
			h.products.Invalidate(e.SubjectID, e.Position)
		case store.EventPriceChanged:
			h.prices.Invalidate(catalog.PriceKey{StoreID: e.StoreID.UUID, ProductID: e.SubjectID}, e.Position)
		case store.EventTemplateChanged:
			h.templates.Invalidate(e.SubjectID, e.Position)
			h.templateSteps.Invalidate(e.SubjectID, e.Position)
		}
	}
	for _, c := range h.all {
		c.Advance(batch[len(batch)-1].Position)
	}
}

// InvalidatesCache says whether events of a type make void anything that is hot: whether Happened does something for them. Of a type
// that it does not know it says so.
func InvalidatesCache(t store.EventType) bool {
	switch t {
	case store.EventTaskCreated, store.EventTaskAssigned, store.EventTaskStarted, store.EventTaskStepChecked, store.EventTaskCompleted,
		store.EventTaskVerified, store.EventTaskRejected, store.EventTaskCancelled, store.EventTaskOverdue, store.EventTaskCommented,
		store.EventStockChanged, store.EventFeedbackReceived:
		return false
	default:
		return true
	}
}

// StoresOfRegion lists the stores of a region: what a region manager's scope is made from. Nobody may change the list.
func (h *EntityCache) StoresOfRegion(ctx context.Context, m Modules, regionID uuid.UUID, now time.Time) ([]uuid.UUID, error) {
	if h = h.at(now); h.storesOfRegions == nil {
		return m.Stores.ListIDsByRegion(ctx, regionID)
	}
	if ids, ok := h.storesOfRegions.Peek(regionID, now); ok {
		h.storesOfRegions.AddHits(1)
		return ids, nil
	}
	ids, err := h.storesOfRegions.Load(ctx, []uuid.UUID{regionID})
	if err != nil {
		return nil, err
	}
	return ids[0], nil
}

// Stats are the figures of all kinds; none of a nil Hot.
func (h *EntityCache) Stats() []cache.Stats {
	if h == nil {
		return nil
	}
	list := make([]cache.Stats, len(h.all))
	for i, c := range h.all {
		list[i] = c.Stats()
	}
	return list
}
