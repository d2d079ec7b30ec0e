// Package loaders reads what a level of a query needs with one statement, whatever the number of its parents. It knows
// which module reads what, and no rules.
package loaders

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"aisle/auth"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/catalog"
	"aisle/store/feedback"
	"aisle/store/fleet"
	"aisle/store/inventory"
	"aisle/store/kpis"
	"aisle/store/partners"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// DefaultWait is how long a loader waits for more keys: only until who is about to ask has asked, because keys of one level come
// together anyway (see peers). The shortest wait for the clock is a millisecond while nothing else runs: epoll counts in those.
const DefaultWait time.Duration = 0

// NoBatching is the wait of loaders that wait for nothing and remember nothing: a statement for each key, as a server without
// loaders has. Benchmarks measure what it costs.
const NoBatching time.Duration = -1

// Modules are what the loaders read with.
type Modules struct {
	Stores    *stores.Service
	Staff     *staff.Service
	Catalog   *catalog.Service
	Inventory *inventory.Service
	Tasks     *tasks.Service
	Feedback  *feedback.Service
	Kpis      *kpis.Service
	Partners  *partners.Service
	Access    *access.Service
	Fleet     *fleet.Service
}

// NewModules makes the modules on one pool.
func NewModules(db store.DB) Modules {
	return Modules{
		Stores:    stores.NewService(db),
		Staff:     staff.NewService(db),
		Catalog:   catalog.NewService(db),
		Inventory: inventory.NewService(db),
		Tasks:     tasks.NewService(db),
		Feedback:  feedback.NewService(db),
		Kpis:      kpis.NewService(db),
		Partners:  partners.NewService(db),
		Access:    access.NewService(db),
		Fleet:     fleet.NewService(db),
	}
}

// Loaders are one request's: they read what the request's scope sees, and remember it until the request ends. Those of a module are
// made when they are asked for: most requests need few.
type Loaders struct {
	Scope          auth.Scope
	Now            time.Time // when the request came in
	Cursor         string    // a place in the log of events: all that is read shows what happened before it
	StaleForViewer bool      // the viewer has changed something that is not known yet to have happened before that place

	request *request
	modules Modules
	hot     *EntityCache

	stores    once[Stores]
	staff     once[Staff]
	catalog   once[Catalog]
	inventory once[Inventory]
	tasks     once[Tasks]
	feedback  once[Feedback]
	kpis      once[Kpis]
	partners  once[Partners]
	access    once[Access]
}

// New makes the loaders of a request that came in at an instant. What is hot comes from the node's caches; with nil all is read
// where it is true. A loader waits for more keys as long as wait, or reads each key by itself (Alone). What comes from the caches
// and what hangs on the instant is noted in what ctx has for that (store.Reads, store.Statements); statements note themselves.
func New(ctx context.Context, m Modules, hot *EntityCache, scope auth.Scope, now time.Time, wait time.Duration) *Loaders {
	r := &request{scope: scope, now: now, wait: wait, peers: newPeers(), reads: store.DependencyRecorderFrom(ctx), sent: store.StatementCounterFrom(ctx)}
	return &Loaders{Scope: scope, Now: now, request: r, modules: m, hot: hot.at(now)}
}

// Stores are the loaders of the module of that name, as are those below.
func (l *Loaders) Stores() *Stores {
	return l.stores.made(func() Stores { return newStores(l.request.of("stores"), l.modules.Stores, l.hot) })
}

// Staff loads employees.
func (l *Loaders) Staff() *Staff {
	return l.staff.made(func() Staff { return newStaff(l.request.of("staff"), l.modules.Staff, l.hot) })
}

// Catalog loads products, categories and prices.
func (l *Loaders) Catalog() *Catalog {
	return l.catalog.made(func() Catalog { return newCatalog(l.request.of("catalog"), l.modules.Catalog, l.hot) })
}

// Inventory loads stock.
func (l *Loaders) Inventory() *Inventory {
	return l.inventory.made(func() Inventory { return newInventory(l.request, l.modules.Inventory) })
}

// Tasks loads tasks, their steps and comments, and templates.
func (l *Loaders) Tasks() *Tasks {
	return l.tasks.made(func() Tasks { return newTasks(l.request.of("tasks"), l.modules.Tasks, l.hot) })
}

// Feedback loads what customers said.
func (l *Loaders) Feedback() *Feedback {
	return l.feedback.made(func() Feedback { return newFeedback(l.request, l.modules.Feedback) })
}

// Kpis loads key figures.
func (l *Loaders) Kpis() *Kpis {
	return l.kpis.made(func() Kpis { return newKpis(l.request, l.modules.Kpis) })
}

// Partners loads partners.
func (l *Loaders) Partners() *Partners {
	return l.partners.made(func() Partners { return newPartners(l.request, l.modules.Partners) })
}

// Access loads sessions.
func (l *Loaders) Access() *Access {
	return l.access.made(func() Access { return newAccess(l.request, l.modules.Access, l.Now) })
}

// once is what is made when it is asked for, whoever asks first.
type once[T any] struct {
	sync.Once

	value T
}

func (o *once[T]) made(makeIt func() T) *T {
	o.Do(func() { o.value = makeIt() })
	return &o.value
}

type contextKey struct{}

// NewContext puts a request's loaders into its context.
func NewContext(ctx context.Context, l *Loaders) context.Context {
	current := &atomic.Pointer[Loaders]{}
	current.Store(l)
	return context.WithValue(ctx, contextKey{}, current)
}

// FromContext takes them out. It panics where there are none: a resolver that runs outside a request is a mistake in the
// wiring.
func FromContext(ctx context.Context) *Loaders {
	current, ok := ctx.Value(contextKey{}).(*atomic.Pointer[Loaders])
	if !ok {
		panic("no loaders in the context")
	}
	return current.Load()
}

// ReplaceInContext gives the rest of the request other loaders: signing in makes another viewer of it.
func ReplaceInContext(ctx context.Context, l *Loaders) {
	if current, ok := ctx.Value(contextKey{}).(*atomic.Pointer[Loaders]); ok {
		current.Store(l)
	}
}
