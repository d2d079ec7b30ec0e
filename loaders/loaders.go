package loaders

import (
	"context"
	"sync"
	"time"

	"aisle/auth"
	"aisle/store"
)

// Loaders are the loaders of one request. They read what the request's scope includes, and remember it until the request
// ends. The loaders of a module are made on first use: most requests need few.
type Loaders struct {
	Scope          auth.Scope
	Now            time.Time // when the request arrived
	Cursor         string    // a position in the event log: everything that is read shows the events before it
	StaleForViewer bool      // the viewer may have made a change after that position

	request *request
	modules Modules
	cache   *EntityCache

	stores    lazy[Stores]
	staff     lazy[Staff]
	catalog   lazy[Catalog]
	inventory lazy[Inventory]
	tasks     lazy[Tasks]
	feedback  lazy[Feedback]
	kpis      lazy[KPIs]
	partners  lazy[Partners]
	access    lazy[Access]
	regions   lazy[RegionFigures]
}

// New makes the loaders of a request that arrived at a time. With a nil cache everything is read from the database. wait is
// how long a loader waits for more keys: see DefaultWait and NoBatching. What a loader finds in the cache is recorded in the
// DependencyRecorder and the StatementCounter of ctx.
func New(ctx context.Context, m Modules, cache *EntityCache, scope auth.Scope, now time.Time, wait time.Duration) *Loaders {
	r := &request{
		scope: scope, now: now, wait: wait, peers: newPeers(),
		dependencies: store.DependencyRecorderFrom(ctx), statements: store.StatementCounterFrom(ctx),
	}
	return &Loaders{Scope: scope, Now: now, request: r, modules: m, cache: cache.at(now)}
}

// Stores returns the loaders of regions and stores.
func (l *Loaders) Stores() *Stores {
	return l.stores.get(func() Stores { return newStores(l.request.forModule("stores"), l.modules.Stores, l.cache) })
}

// Staff returns the loaders of employees.
func (l *Loaders) Staff() *Staff {
	return l.staff.get(func() Staff { return newStaff(l.request.forModule("staff"), l.modules.Staff, l.cache) })
}

// Catalog returns the loaders of products, categories and prices.
func (l *Loaders) Catalog() *Catalog {
	return l.catalog.get(func() Catalog { return newCatalog(l.request.forModule("catalog"), l.modules.Catalog, l.cache) })
}

// Inventory returns the loaders of stock.
func (l *Loaders) Inventory() *Inventory {
	return l.inventory.get(func() Inventory { return newInventory(l.request, l.modules.Inventory) })
}

// Tasks returns the loaders of tasks, their steps and comments, and templates.
func (l *Loaders) Tasks() *Tasks {
	return l.tasks.get(func() Tasks { return newTasks(l.request.forModule("tasks"), l.modules.Tasks, l.cache) })
}

// Feedback returns the loaders of customer feedback.
func (l *Loaders) Feedback() *Feedback {
	return l.feedback.get(func() Feedback { return newFeedback(l.request, l.modules.Feedback) })
}

// KPIs returns the loaders of key performance indicators.
func (l *Loaders) KPIs() *KPIs {
	return l.kpis.get(func() KPIs { return newKPIs(l.request, l.modules.KPIs) })
}

// Partners returns the loaders of partners.
func (l *Loaders) Partners() *Partners {
	return l.partners.get(func() Partners { return newPartners(l.request, l.modules.Partners) })
}

// Access returns the loaders of sessions.
func (l *Loaders) Access() *Access {
	return l.access.get(func() Access { return newAccess(l.request, l.modules.Access, l.Now) })
}

// RegionFigures returns the loaders of figures of regions.
func (l *Loaders) RegionFigures() *RegionFigures {
	return l.regions.get(func() RegionFigures { return newRegionFigures(l) })
}

// A lazy value is made on first use.
type lazy[T any] struct {
	once  sync.Once
	value T
}

func (l *lazy[T]) get(newValue func() T) *T {
	l.once.Do(func() { l.value = newValue() })
	return &l.value
}
