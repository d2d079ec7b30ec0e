package responsecache

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"aisle/graph"
	"aisle/store"
	"aisle/telemetry"
)

// A fragment makes the part of a response that other viewers share. A response has one fragment or none. When it is not in memory, one
// request makes it for all requests that wait, with loaders of its own. It is shared unless making it needed the viewer's identity.
type fragment struct {
	lookup *Lookup

	taken        atomic.Bool // a response has one fragment: the first that is rendered
	key          cacheKey
	found        *cacheEntry // in memory, or made by another request
	made         []byte      // by this request, and to be shared
	dependencies *store.DependencyRecorder
	rows         *graph.Rows // of what this request makes
	call         *call       // that other requests wait for; nil without one
}

// Render returns the fragment at a path of the response from memory, or makes it with produce. It implements graph.FragmentCache.
func (f *fragment) Render(ctx context.Context, path string, produce func(context.Context) []byte) []byte {
	if !f.taken.CompareAndSwap(false, true) {
		return produce(ctx)
	}
	f.key = f.lookup.fragmentKey(path)
	if f.found = f.getOrAwait(ctx); f.found != nil {
		return f.found.body
	}
	return f.make(ctx, produce)
}

// make makes the fragment. It reuses the rows of the older one that have not changed.
func (f *fragment) make(ctx context.Context, produce func(context.Context) []byte) []byte {
	own, dependencies := store.WithDependencyRecorder(ctx)
	f.dependencies = dependencies
	own, identity := f.lookup.cache.config.Fragments.ViewerIndependent(own)
	older := f.reusable()
	f.rows = graph.NewRows(older.rows, older.body, f.lookup.cache.config.Together)
	body := produce(graph.WithRows(own, f.rows))
	if f.rows.Reused() { // what the rows were read from was not read again
		older.addTo(dependencies)
	}
	if identity.Accessed() {
		store.DependencyRecorderFrom(ctx).Merge(dependencies) // the fragment belongs to the viewer's response
		f.release(ctx)
		return body
	}
	f.made = body
	return body
}

// getOrAwait returns the fragment from memory, or from the request that makes it now; nil when this request has to make it. A fragment that
// was begun before an event is not for a request that began after the event.
func (f *fragment) getOrAwait(ctx context.Context) *cacheEntry {
	l := f.lookup
	ctx, cancel := l.waitTimeout(ctx)
	defer cancel()
	for {
		call, first := l.cache.inFlight.join(f.key)
		entry, ok := l.validEntry(f.key)
		switch {
		case first && ok: // it was made after the lookup
			l.cache.inFlight.complete(f.key, call)
			return entry
		case ok:
			return entry
		case first:
			f.call = call
			return nil
		case !call.wait(ctx):
			return nil
		case call.fragment != nil && l.isUnchanged(call.fragment.validity):
			return call.fragment
		case call.unshareable || l.startPosition.Before(l.revision(call.modules)): // this request makes it for itself
			return nil
		}
	}
}

// awaitFragment returns a fragment that another request makes now; ok is false when there is none for this request.
func awaitFragment(ctx context.Context, l *Lookup, key cacheKey) (entry *cacheEntry, ok bool) {
	call := l.cache.inFlight.get(key)
	if call == nil {
		return l.validEntry(key) // it may have been made since
	}
	ctx, cancel := l.waitTimeout(ctx)
	defer cancel()
	if !call.wait(ctx) || call.fragment == nil || !l.isUnchanged(call.fragment.validity) {
		return nil, false
	}
	return call.fragment, true
}

// waitTimeout limits how long to wait for another request: this one then has the other half of its time to make the fragment.
func (l *Lookup) waitTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, l.cache.config.Timeout/2) //nolint:mnd // a half
}

// publish gives the fragment to the requests that wait for it, and stores it.
func (f *fragment) publish(entry *cacheEntry) {
	f.lookup.cache.entries.Set(f.key, entry)
	if f.call != nil {
		f.call.fragment = entry
	}
}

// release completes the call. When this request was cancelled, or is older than an event, another one makes the fragment.
func (f *fragment) release(ctx context.Context) {
	if f.call == nil {
		return
	}
	l, c := f.lookup, f.call
	if f.dependencies != nil {
		c.modules, _ = f.dependencies.Snapshot()
	}
	c.unshareable = c.fragment == nil && ctx.Err() == nil && !l.startPosition.Before(l.revision(c.modules))
	l.cache.inFlight.complete(f.key, c)
	f.call = nil
}

// result returns where the fragment came from.
func (f *fragment) result() telemetry.CacheResult {
	switch {
	case f.found != nil:
		return telemetry.CacheFragmentHit
	case f.rows != nil && f.rows.Reused():
		return telemetry.CachePartial
	default:
		return telemetry.CacheMiss
	}
}

// reusable returns the older fragment when its rows may be reused; else an empty one.
func (f *fragment) reusable() *cacheEntry {
	l := f.lookup
	older, ok := l.cache.entries.GetIfPresent(f.key)
	// Rows that expire soon would make the new fragment unfit to be stored. The time differs by store, so that not all stores make
	// theirs at once.
	soon := l.cache.config.Now().Add(minValid + time.Duration(f.key[0])*time.Minute/256) //nolint:mnd // the values of a byte
	if !ok || older.until <= soon.UnixMilli() || older.rowsRevision != l.rowsRevision(older.modules.names) {
		return &cacheEntry{}
	}
	return older
}

// sharedEntry returns the entry of a fragment that this request made or found; nil without one. ok is false when the fragment must not be
// stored, nor the response.
func (f *fragment) sharedEntry() (entry *cacheEntry, ok bool) {
	if f.made == nil { // it was found, or there is none
		return f.found, true
	}
	l := f.lookup
	v, ok := l.validityOf(f.dependencies)
	return &cacheEntry{validity: v, body: f.made, rows: f.rows.Made(), rowsRevision: l.rowsRevision(v.modules.names)}, ok
}

// rowsModule is the module whose rows have versions (graph.Rows): a row with the same version has not changed.
const rowsModule = "tasks"

// rowsRevision returns the revision of what rows show in addition to their own columns: rows of the other modules, and their own
// module's rows of the chain. Rows may be reused while it stays the same.
func (l *Lookup) rowsRevision(modules []string) store.Position {
	others := slices.DeleteFunc(slices.Clone(modules), func(module string) bool { return module == rowsModule })
	revision := l.revision(others)
	ofChain := l.cache.config.Revisions.Revision([]string{rowsModule}, []uuid.UUID{})
	if revision.Before(ofChain) {
		return ofChain
	}
	return revision
}
