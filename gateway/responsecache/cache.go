package responsecache

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/gateway/document"
	"aisle/graph"
	"aisle/store"
	"aisle/store/events"
	"aisle/telemetry"
)

// A Cache stores responses. A nil Cache stores none.
type Cache struct {
	config   Config
	parsed   *otter.Cache[string, *ParsedGET]
	entries  *otter.Cache[cacheKey, *cacheEntry]
	inFlight *inFlight
}

// New returns an empty Cache.
func New(config Config) *Cache {
	const entryOverhead, rowOverhead = 500, 150 // bytes
	return &Cache{
		config: config,
		parsed: otter.Must(&otter.Options[string, *ParsedGET]{MaximumSize: maxParsed}),
		entries: otter.Must(&otter.Options[cacheKey, *cacheEntry]{
			MaximumWeight: config.Bytes, // an invalid entry stays until its room is needed: nothing looks for those
			Weigher: func(_ cacheKey, e *cacheEntry) uint32 {
				return uint32(len(e.body) + len(e.rows)*rowOverhead + entryOverhead) //nolint:gosec // a response is smaller
			},
		}),
		inFlight: newInFlight(),
	}
}

// A Response is a valid one.
type Response struct {
	ETag string
	Body [][]byte // one after the other; nil when the client's copy is valid
}

// A Lookup is the use of the cache by one GET.
type Lookup struct {
	OperationName string // in the document

	cache    *Cache
	get      *ParsedGET
	dataName string
	viewer   auth.Viewer
	scope    auth.Scope
	stores   []uuid.UUID    // that the viewer sees; nil for all
	key      cacheKey       // of the viewer's response
	begun    store.Position // the position of the event log when the lookup began

	dependencies *store.DependencyRecorder // of the response without its fragment; nil until Record
	fragment     *fragment                 // nil until Record, and without Fragments
}

// Lookup begins the use of the cache. It returns nil when nothing may be stored: for mutations, for partners, whose scope costs a
// statement, for a viewer whose change this node has not read yet, and while the node is behind the event log.
func (c *Cache) Lookup(ctx context.Context, viewer auth.Viewer, d *document.Document, get *ParsedGET) (*Lookup, error) {
	if c == nil {
		return nil, nil //nolint:nilnil // see there
	}
	operation := d.Operations.ForName(get.name)
	if operation == nil || operation.Operation != ast.Query || viewer.EmployeeID == uuid.Nil ||
		c.config.Now().Sub(c.config.Log.CaughtUpAt()) > events.MaxStaleness {
		return nil, nil //nolint:nilnil // see there
	}
	if viewer.Role == auth.RoleRegionManager { // whose stores may have to be read
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.config.Timeout)
		defer cancel()
	}
	scope, err := c.config.Scopes.Scope(ctx, viewer)
	if err != nil || c.config.Writes.HasUnreadWrite(ctx, viewer.EmployeeID) {
		return nil, err
	}
	l := &Lookup{
		OperationName: operation.Name, cache: c, get: get, dataName: c.config.Name(), viewer: viewer, scope: scope,
		begun: c.config.Log.Position(),
	}
	if !scope.All() {
		l.stores = scope.StoreIDs()
	}
	l.key = l.responseKey()
	return l, nil
}

// Find returns a valid response: that the client's copy is one, or one from memory.
func (l *Lookup) Find(ctx context.Context, ifNoneMatch string) (*Response, telemetry.CacheResult, bool) {
	now := l.cache.config.Now()
	for text := range strings.SplitSeq(ifNoneMatch, ",") {
		sent, ok := parseETag(text)
		if !ok || !sent.isFresh(now) {
			continue
		}
		if l.isValid(sent) {
			return &Response{ETag: sent.String()}, telemetry.CacheNotModified, true
		}
	}
	entry, ok := l.entry(l.key)
	if !ok {
		return nil, telemetry.CacheMiss, false
	}
	slot := entry.slot
	if slot == nil {
		return &Response{ETag: l.etag(entry.validity).String(), Body: [][]byte{entry.body}}, telemetry.CacheHit, true
	}
	fragment, ok := l.entry(slot.key)
	if !ok {
		fragment, ok = l.awaitFragment(ctx, slot.key)
	}
	if !ok {
		return nil, telemetry.CacheMiss, false
	}
	etag := l.etag(entry.merge(fragment.validity))
	return &Response{ETag: etag.String(), Body: [][]byte{entry.body[:slot.at], fragment.body, entry.body[slot.at:]}}, telemetry.CacheHit, true
}

// Record returns a context in which the operation runs: it records what the response is read from, and shares its fragment. Call
// Close afterwards.
func (l *Lookup) Record(ctx context.Context) context.Context {
	ctx, l.dependencies = store.WithDependencyRecorder(ctx)
	if l.cache.config.Fragments == nil {
		return ctx
	}
	l.fragment = &fragment{lookup: l}
	return graph.WithFragmentCache(ctx, l.fragment)
}

// Close releases the requests that wait for the fragment.
func (l *Lookup) Close(ctx context.Context) {
	if l.fragment != nil {
		l.fragment.release(ctx)
	}
}

// Result returns where the parts of a response came from whose operation ran.
func (l *Lookup) Result() telemetry.CacheResult {
	if l.fragment == nil {
		return telemetry.CacheMiss
	}
	return l.fragment.result()
}

// Store stores the response of an operation that ran without errors. encode returns its body. Store returns false when the response
// may not be stored.
func (l *Lookup) Store(encode func() ([]byte, error)) (*Response, bool) {
	fragment, ok := l.fragmentEntry()
	if !ok {
		return nil, false
	}
	if fragment != nil && l.fragment.found == nil {
		l.fragment.publish(fragment)
	}
	own, ok := l.validityOf(l.dependencies)
	if !ok {
		return nil, false
	}
	body, err := encode()
	if err != nil {
		return nil, false
	}
	whole := own
	if fragment != nil {
		whole = own.merge(fragment.validity)
	}
	entry := &cacheEntry{validity: whole, body: body}
	if fragment != nil {
		before, after, found := bytes.Cut(body, fragment.body)
		if found && !bytes.Contains(after, fragment.body) { // where it occurs twice, its place is unknown
			entry = &cacheEntry{validity: own, body: slices.Concat(before, after), slot: &fragmentSlot{len(before), l.fragment.key}}
		}
	}
	l.cache.entries.Set(l.key, entry)
	return &Response{ETag: l.etag(whole).String(), Body: [][]byte{body}}, true
}
