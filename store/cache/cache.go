// Package cache keeps what is read far more than it is written: in the memory of the process, and in Redis for all nodes. It
// knows no module: who makes a cache says how its values are read, and tells it what happened.
//
// What it keeps is right by its position in the log of events, and not because somebody deletes what is wrong: each value is
// read as of a position, and each key knows the position that its value must not be from before. See docs/architecture.md.
package cache

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"aisle/store"
)

// Options are what a cache is made of. All but Shared must be set.
type Options[K comparable, V any] struct {
	Kind     string // what it keeps, in a word: a part of Redis's keys, and a label
	Database string // which database: a part of Redis's keys, so that several can have one Redis
	// Fetch reads the values of keys, in the order of the keys, from where they are true. What is null in JSON is not there.
	Fetch    func(ctx context.Context, keys []K) ([]V, error)
	KeyText  func(K) string // the key in Redis
	MaxBytes uint64         // of memory, about
	Shared   *SharedTier    // Redis; nil for none
	Now      func() time.Time
	Jitter   func() float64 // from 0 to 1
}

// The times that values are kept, less a tenth or more a tenth: so that what was read together is not read again together.
const (
	memoryTTL = 5 * time.Minute
	sharedTTL = 10 * time.Minute
	absentTTL = 30 * time.Second // of what is not there
)

// fetchTimeout is how long a fetch may take. It goes on when who began it is gone: others wait for it.
const fetchTimeout = 10 * time.Second

// mostNotes is how many keys a cache remembers the last change of.
const mostNotes = 50_000

// Cache keeps values by their keys. What it gives belongs to all who read it: nobody may change it. It is safe for
// concurrent use.
type Cache[K comparable, V any] struct {
	options Options[K, V]
	prefix  string                   // of the keys in Redis
	memory  *otter.Cache[K, kept[V]] // has nothing that is void
	counts  counts

	mu      sync.Mutex
	begun   bool
	life    int            // counts how often it began
	seen    store.Position // all that happened up to it is known: what is read from now on shows it
	changes notes[K]
	flights map[K]*flight[V] // what is being read, and is not void already
}

// kept is a value in memory.
type kept[V any] struct {
	value V
	until int64 // by the clock, in nanoseconds
	size  uint32
}

type counts struct{ memory, shared, fetched, evicted atomic.Int64 }

// New makes a cache. It keeps nothing before Begin.
func New[K comparable, V any](o Options[K, V]) *Cache[K, V] {
	c := &Cache[K, V]{
		options: o, changes: newNotes[K](mostNotes), flights: map[K]*flight[V]{},
		prefix: "aisle:hot:" + o.Database + ":" + o.Kind + ":" + shape[V]() + ":",
	}
	c.memory = otter.Must(&otter.Options[K, kept[V]]{
		MaximumWeight: o.MaxBytes,
		Weigher:       func(_ K, v kept[V]) uint32 { return v.size },
		Executor:      func(f func()) { f() }, // what it has to tidy is little: it needs no goroutine
		OnAtomicDeletion: func(e otter.DeletionEvent[K, kept[V]]) {
			if e.WasEvicted() {
				c.counts.evicted.Add(1)
			}
		},
	})
	return c
}

// Peek gives a value that is in memory at an instant. It costs a look into a table.
func (c *Cache[K, V]) Peek(key K, now time.Time) (value V, ok bool) {
	found, ok := c.memory.GetIfPresent(key)
	if !ok || found.until <= now.UnixNano() {
		return value, false
	}
	return found.value, true
}

// AddHits counts values that Peek gave.
func (c *Cache[K, V]) AddHits(n int) { c.counts.memory.Add(int64(n)) }

// Reset says that nothing is known of what happened up to a position: what was kept until now is void. All that happened
// behind it is told of next.
func (c *Cache[K, V]) Reset(after store.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun, c.seen = true, after
	c.life++
	c.voidAll(after)
}

// Invalidate says that the value of a key changed at a position. The position is behind all that were told before.
func (c *Cache[K, V]) Invalidate(key K, at store.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes.note(key, at)
	c.memory.Invalidate(key)
	delete(c.flights, key)
}

// InvalidateAll says that any value may have changed at a position.
func (c *Cache[K, V]) InvalidateAll(at store.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.voidAll(at)
}

func (c *Cache[K, V]) voidAll(at store.Position) {
	c.changes.reset(at)
	c.memory.InvalidateAll()
	clear(c.flights)
}

// Advance says that all changes up to a position have been told.
func (c *Cache[K, V]) Advance(at store.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = at
}

// Load reads the values of keys, in their order: from memory, else from Redis, else where they are true. What somebody reads
// already it waits for. What it gives shows all that was told before the call.
func (c *Cache[K, V]) Load(ctx context.Context, keys []K) ([]V, error) {
	values := make([]V, len(keys))
	mine, others, begun := c.board(keys, values)
	if !begun { // nobody says yet what changes
		c.counts.fetched.Add(int64(len(keys)))
		return c.options.Fetch(ctx, keys)
	}
	store.StatementCounterFrom(ctx).AddCacheHits(len(keys) - len(mine.keys))
	if len(mine.keys) > 0 {
		c.lead(ctx, mine)
	}
	for i, f := range mine.flights {
		if f.err != nil {
			return nil, f.err
		}
		values[mine.places[i]] = f.value
	}
	for _, other := range others {
		select {
		case <-other.flight.done:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for what others read: %w", ctx.Err())
		}
		if other.flight.err != nil {
			return nil, other.flight.err
		}
		values[other.place] = other.flight.value
	}
	return values, nil
}

// keep puts a value that is as of a position into memory, and says whether it is good. The caller has the lock.
func (c *Cache[K, V]) keep(key K, v value[V], life int) bool {
	if life != c.life || v.asOf.Before(c.changes.of(key)) {
		return false
	}
	ttl := memoryTTL
	if v.absent() {
		ttl = absentTTL
	}
	c.memory.Set(key, kept[V]{v.value, c.options.Now().Add(c.jittered(ttl)).UnixNano(), v.size()})
	return true
}

// jittered is the time, less a tenth at most or more a tenth.
func (c *Cache[K, V]) jittered(ttl time.Duration) time.Duration {
	return ttl + time.Duration((c.options.Jitter()-0.5)/5*float64(ttl))
}

// encode says a value in JSON, as Redis keeps it.
func encode[V any](v V) (json.RawMessage, error) {
	text, err := json.Marshal(v)
	return text, store.Wrap("encode what is hot", err)
}
