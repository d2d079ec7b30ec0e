package loaders

import (
	"context"
	"math/rand/v2"
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

// An EntityCache caches, for all requests of a node, entities that are read far more often than written. Values are fetched
// with the system's scope; each loader shows what its request's scope includes.
//
// It is a watcher of the event log (see cache_invalidation.go), and caches nothing before the first OnReset. The zero
// EntityCache and a nil one cache nothing: loaders then read from the database.
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

	kinds      []kind
	caughtUpAt func() time.Time // see EntityCacheOptions
}

// A kind is a cache, whatever its keys and values.
type kind interface {
	Reset(after store.Position)
	Advance(to store.Position)
	Stats() cache.Stats
}

// EntityCacheOptions are the settings of an EntityCache.
type EntityCacheOptions struct {
	MaxBytes uint64            // approximate bound of the memory
	Database string            // postgres.DatabaseIdentity; required with Shared
	Shared   *cache.SharedTier // Redis; nil for none
	Now      func() time.Time
	Jitter   func() float64   // returns 0 to 1; nil for random numbers
	Current  func() time.Time // when the event log was last known completely: events.Log.CaughtUpAt; nil for always
}

// NewEntityCache makes the cache of a node. The numbers are the percentages of the memory.
func NewEntityCache(m Modules, o EntityCacheOptions) *EntityCache {
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	c := &EntityCache{caughtUpAt: o.Current}
	c.stores = newKind(c, o, "store", 8, uuid.UUID.String, fetchRows(m.Stores.GetStores, func(s *stores.Snapshot) uuid.UUID { return s.ID }))
	c.regions = newKind(c, o, "region", 1, uuid.UUID.String, fetchRows(m.Stores.GetRegions, func(r *stores.Region) uuid.UUID { return r.ID }))
	c.storesOfRegions = newKind(c, o, "stores_of_region_by_code", 2, uuid.UUID.String, m.Stores.ListIDsByRegions)
	c.employees = newKind(c, o, "employee", 17, uuid.UUID.String,
		fetchRows(m.Staff.GetEmployees, func(e *staff.Employee) uuid.UUID { return e.ID }))
	c.managersOfStores = newKind(c, o, "manager_of_store", 5, uuid.UUID.String,
		fetchRows(m.Staff.ListStoreManagers, func(e *staff.Employee) uuid.UUID { return e.StoreID.UUID }))
	c.managersOfRegions = newKind(c, o, "manager_of_region", 1, uuid.UUID.String,
		fetchRows(m.Staff.ListRegionManagers, func(e *staff.Employee) uuid.UUID { return e.RegionID.UUID }))
	c.products = newKind(c, o, "product", 30, uuid.UUID.String,
		fetchRows(m.Catalog.GetProducts, func(i *catalog.ProductWithCategory) uuid.UUID { return i.ID }))
	c.categories = newKind(c, o, "category", 3, uuid.UUID.String,
		fetchRows(m.Catalog.GetCategories, func(c *catalog.Category) uuid.UUID { return c.ID }))
	c.children = newKind(c, o, "children_of_category", 3, uuid.UUID.String,
		fetchLists(m.Catalog.ListChildCategories, func(c *catalog.Category) uuid.UUID { return c.ParentID.UUID }))
	c.prices = newKind(c, o, "price", 25, catalog.PriceKey.String,
		fetchLists(func(ctx context.Context, scope auth.Scope, keys []catalog.PriceKey) ([]catalog.Price, error) {
			return m.Catalog.ListCurrentAndFuturePrices(ctx, scope, keys, o.Now())
		}, func(p *catalog.Price) catalog.PriceKey { return p.Key() }))
	c.templates = newKind(c, o, "template", 2, uuid.UUID.String,
		fetchRows(m.Tasks.GetTemplates, func(t *tasks.Template) uuid.UUID { return t.ID }))
	c.templateSteps = newKind(c, o, "steps_of_template", 3, uuid.UUID.String,
		fetchLists(m.Tasks.ListTemplateSteps, func(s *tasks.TemplateStep) uuid.UUID { return s.TemplateID }))
	return c
}

// newKind makes the cache of a kind, with a percentage of the memory.
func newKind[K comparable, V any](
	c *EntityCache, o EntityCacheOptions, name string, percent uint64, keyText func(K) string, fetch func(context.Context, []K) ([]V, error),
) *cache.Cache[K, V] {
	made := cache.New(cache.Options[K, V]{
		Kind: name, Database: o.Database, Fetch: fetch, KeyText: keyText, MaxBytes: o.MaxBytes / 100 * percent,
		Shared: o.Shared, Now: o.Now, Jitter: o.Jitter,
	})
	c.kinds = append(c.kinds, made)
	return made
}

// at returns the cache for a request that arrives at a time: an empty one if the event log was not read lately. Changes would
// be missed then.
func (c *EntityCache) at(now time.Time) *EntityCache {
	if c == nil || c.caughtUpAt != nil && now.Sub(c.caughtUpAt()) > events.MaxStaleness {
		return &EntityCache{}
	}
	return c
}

// StoresOfRegion returns the stores of a region, from which the scope of a region manager is made. The caller must not change
// the list.
func (c *EntityCache) StoresOfRegion(ctx context.Context, m Modules, regionID uuid.UUID, now time.Time) ([]uuid.UUID, error) {
	if c = c.at(now); c.storesOfRegions == nil {
		return m.Stores.ListIDsByRegion(ctx, regionID)
	}
	if ids, ok := c.storesOfRegions.Peek(regionID, now); ok {
		c.storesOfRegions.AddHits(1)
		return ids, nil
	}
	ids, err := c.storesOfRegions.Load(ctx, []uuid.UUID{regionID})
	if err != nil {
		return nil, err
	}
	return ids[0], nil
}

// Stats returns the counters of each kind. A nil EntityCache has none.
func (c *EntityCache) Stats() []cache.Stats {
	if c == nil {
		return nil
	}
	list := make([]cache.Stats, len(c.kinds))
	for i, each := range c.kinds {
		list[i] = each.Stats()
	}
	return list
}
