package responsecache

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"

	"aisle/auth"
	"aisle/gateway/document"
	"aisle/store"
	"aisle/store/events"
)

// A Lookup is the use of the cache by one query: Find returns a valid response; without one, Record records the new response. A nil
// Lookup is for a query whose response must not be cached.
type Lookup struct {
	cache         *Cache
	query         query
	dataName      string
	viewer        auth.Viewer
	scope         auth.Scope
	stores        []uuid.UUID    // that the viewer sees; nil for all
	key           cacheKey       // of the viewer's response
	startPosition store.Position // of the event log, when the lookup began
}

// NewLookup begins the use of the cache by a query. It returns nil when the response must not be cached: for partners, whose scope
// costs a statement, for a viewer whose change this node has not read yet, and while the node is behind the event log.
func (c *Cache) NewLookup(ctx context.Context, viewer auth.Viewer, d *document.Document, params *graphql.RawParams) (*Lookup, error) {
	if c == nil || viewer.EmployeeID == uuid.Nil || c.config.Now().Sub(c.config.Log.CaughtUpAt()) > events.MaxStaleness {
		return nil, nil //nolint:nilnil // nil means that the response must not be cached
	}
	asked, err := newQuery(d, params)
	if err != nil {
		return nil, err
	}
	scope, err := c.config.Scopes.Scope(ctx, viewer)
	if err != nil || c.config.Writes.HasUnreadWrite(ctx, viewer.EmployeeID) {
		return nil, err
	}
	l := &Lookup{
		cache: c, query: asked, dataName: c.config.Name(), viewer: viewer, scope: scope, startPosition: c.config.Log.Position(),
	}
	if !scope.All() {
		l.stores = scope.StoreIDs()
	}
	l.key = l.responseKey()
	return l, nil
}

// responseKey is the key of the viewer's response.
func (l *Lookup) responseKey() cacheKey {
	v := l.viewer
	return newKey(l.dataName, l.query, l.scope, l.stores,
		[]byte("viewer"), v.EmployeeID[:], v.SessionID[:], []byte(v.Role), v.RegionID.UUID[:])
}

// fragmentKey is the key of the fragment at a path. All viewers who see the same stores share it.
func (l *Lookup) fragmentKey(path string) cacheKey {
	return newKey(l.dataName, l.query, l.scope, l.stores, []byte("fragment"), []byte(path), l.viewer.StoreID.UUID[:])
}

// validEntry returns the entry with a key if it is still valid.
func (l *Lookup) validEntry(key cacheKey) (*cacheEntry, bool) {
	entry, ok := l.cache.entries.GetIfPresent(key)
	if !ok || !l.isUnchanged(entry.validity) {
		return nil, false
	}
	return entry, true
}

// isUnchanged reports whether nothing that the entry was read from has changed.
func (l *Lookup) isUnchanged(v validity) bool {
	return v.until > l.cache.config.Now().UnixMilli() && v.revision == l.revision(v.modules.names)
}

func (l *Lookup) revision(modules []string) store.Position {
	return l.cache.config.Revisions.Revision(modules, l.stores)
}

// validityOf returns the validity of a response or fragment that was just made. ok is false for one that must not be stored: it was read
// from a module whose events do not report every change, it becomes invalid soon, or it changed while it was read.
func (l *Lookup) validityOf(dependencies *store.DependencyRecorder) (v validity, ok bool) {
	now := l.cache.config.Now()
	modules, until := dependencies.Snapshot()
	if latest := now.Add(maxValid); until.IsZero() || until.After(latest) {
		until = latest
	}
	revision := l.revision(modules)
	ok = l.cache.haveCompleteEvents(modules) && until.Sub(now) >= minValid && !l.startPosition.Before(revision)
	return validity{newModuleSet(modules), until.UnixMilli(), revision}, ok
}

// isValid reports whether the client's copy with the ETag is still the viewer's response.
func (l *Lookup) isValid(sent etag) bool {
	modules := parseModules(sent.modules)
	return l.cache.haveCompleteEvents(modules.names) && sent == newETag(l.key, validity{modules, sent.until, l.revision(modules.names)})
}
