package cache

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"aisle/store"
)

// Options are the settings of a cache. All but Shared must be set.
type Options[K comparable, V any] struct {
	Kind     string // what it caches, in one word: a label of metrics, and part of Redis's keys
	Database string // identity of the database: part of Redis's keys, so that databases can share one Redis
	// Fetch reads values from the database, in the order of the keys. A value that is null in JSON is absent.
	Fetch    func(ctx context.Context, keys []K) ([]V, error)
	KeyText  func(K) string // the key as part of Redis's key
	MaxBytes uint64         // approximate bound of the memory
	Shared   *SharedTier    // Redis; nil for none
	Now      func() time.Time
	Jitter   func() float64 // returns 0 to 1
}

// How long values are cached. Each time is varied by up to a tenth, so that values that were read together do not expire
// together.
const (
	memoryTTL = 5 * time.Minute
	sharedTTL = 10 * time.Minute
	absentTTL = 30 * time.Second // of an absent value
)

// fetchTimeout bounds a fetch. A fetch goes on when its caller has gone: others may wait for it.
const fetchTimeout = 10 * time.Second

// maxChanges bounds the keys whose last change is remembered.
const maxChanges = 50_000

// A Cache caches values by key. All readers share a value: nobody may change it. A Cache is safe for concurrent use.
//
// It caches nothing before the first Reset. From then on every change must be reported with Invalidate or InvalidateAll, in
// the order of the event log, and Advance says how far the reports go.
type Cache[K comparable, V any] struct {
	options  Options[K, V]
	prefix   string                    // of Redis's keys
	memory   *otter.Cache[K, entry[V]] // has no invalidated value
	counters counters

	mu      sync.Mutex
	started bool           // Reset was called
	epoch   int            // number of calls of Reset
	end     store.Position // all changes up to it were reported: what is read from now on shows them
	changes lastChanges[K]
	flights map[K]*flight[V] // fetches that run, and were not invalidated since they began
}

// An entry is a value in memory.
type entry[V any] struct {
	value     V
	expiresAt int64 // Unix time in nanoseconds
	size      uint32
}

type counters struct{ memoryHits, sharedHits, fetches, evictions atomic.Int64 }

// New makes a cache.
func New[K comparable, V any](o Options[K, V]) *Cache[K, V] {
	c := &Cache[K, V]{
		options: o, changes: newLastChanges[K](maxChanges), flights: map[K]*flight[V]{},
		prefix: "aisle:entity:" + o.Database + ":" + o.Kind + ":" + typeFingerprint[V]() + ":",
	}
	c.memory = otter.Must(&otter.Options[K, entry[V]]{
		MaximumWeight: o.MaxBytes,
		Weigher:       func(_ K, e entry[V]) uint32 { return e.size },
		Executor:      func(f func()) { f() }, // its maintenance is short: it needs no goroutine
		OnAtomicDeletion: func(e otter.DeletionEvent[K, entry[V]]) {
			if e.WasEvicted() {
				c.counters.evictions.Add(1)
			}
		},
	})
	return c
}

// Peek returns a value if memory has it and it has not expired. It does not count a hit: see AddHits.
func (c *Cache[K, V]) Peek(key K, now time.Time) (value V, ok bool) {
	found, ok := c.memory.GetIfPresent(key)
	if !ok || found.expiresAt <= now.UnixNano() {
		return value, false
	}
	return found.value, true
}

// AddHits counts values that Peek has returned.
func (c *Cache[K, V]) AddHits(n int) { c.counters.memoryHits.Add(int64(n)) }

// Reset invalidates everything: changes up to a position may not have been reported. Later changes will be.
func (c *Cache[K, V]) Reset(after store.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started, c.end = true, after
	c.epoch++
	c.invalidateAll(after)
}

// Invalidate reports that the value of a key changed at a position, which is behind all positions that were reported before.
func (c *Cache[K, V]) Invalidate(key K, at store.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes.add(key, at)
	c.memory.Invalidate(key)
	delete(c.flights, key)
}

// InvalidateAll reports that any value may have changed at a position.
func (c *Cache[K, V]) InvalidateAll(at store.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.invalidateAll(at)
}

func (c *Cache[K, V]) invalidateAll(at store.Position) {
	c.changes.reset(at)
	c.memory.InvalidateAll()
	clear(c.flights)
}

// Advance says that all changes up to a position have been reported.
func (c *Cache[K, V]) Advance(to store.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end = to
}

// add puts a value into memory unless it is outdated, and reports whether it did. The caller holds the mutex.
func (c *Cache[K, V]) add(key K, v fetched[V], epoch int) bool {
	if epoch != c.epoch || v.asOf.Before(c.changes.last(key)) {
		return false
	}
	ttl := memoryTTL
	if v.isAbsent() {
		ttl = absentTTL
	}
	c.memory.Set(key, entry[V]{v.value, c.options.Now().Add(c.jitter(ttl)).UnixNano(), v.size()})
	return true
}

// jitter varies a time by up to a tenth.
func (c *Cache[K, V]) jitter(ttl time.Duration) time.Duration {
	return ttl + time.Duration((c.options.Jitter()-0.5)/5*float64(ttl))
}
