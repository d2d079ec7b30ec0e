package loaders

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/graph-gophers/dataloader/v7"

	"aisle/auth"
	"aisle/store"
)

// batchCap is how many keys one statement may carry; more are shared out to several.
const batchCap = 10_000

// Loader reads values by their keys: what is asked for within a short wait is read by one statement, and only once. It
// lives as long as one request and belongs to one viewer.
type Loader[K comparable, V any] struct {
	fetch  fetchFunc[K, V]
	recall recallFunc[K, V] // nil for none
	wait   time.Duration
	peers  *peers

	mu        sync.Mutex
	window    *dataloader.Loader[K, struct{}] // waits for more keys, and then reads all that is announced; made when it is needed
	values    map[K]*value[V]                 // of all keys that were announced so far
	announced []K                             // and are not being read yet
}

// value is a value that is being read, or was.
type value[V any] struct {
	read chan struct{} // closed when it was read; nil when it was there at once
	v    V
	err  error
}

// fetchFunc reads the values of keys in the order of the keys.
type fetchFunc[K comparable, V any] func(ctx context.Context, keys []K) ([]V, error)

// recallFunc gives the values of keys, in their order, if all of them are at hand. It does not wait.
type recallFunc[K comparable, V any] func(keys []K) ([]V, bool)

// request is what all the loaders of one request have in common.
type request struct {
	scope auth.Scope
	now   time.Time
	wait  time.Duration
	peers *peers
	reads *store.DependencyRecorder // what its answer is made of
	sent  *store.StatementCounter   // what it costs; nil when nobody counts

	module string // whose loaders are made
}

// of is the request as the loaders of a module have it.
func (r *request) of(module string) *request {
	own := *r
	own.module = module
	return &own
}

func newLoader[K comparable, V any](r *request, fetch fetchFunc[K, V]) *Loader[K, V] {
	return &Loader[K, V]{fetch: fetch, wait: r.wait, peers: r.peers}
}

// Load reads the value of one key.
func (l *Loader[K, V]) Load(ctx context.Context, key K) (V, error) {
	l.mu.Lock()
	v := l.want(ctx, key, func() { l.announce(key) })
	l.mu.Unlock()
	return v.wait()
}

// LoadMany reads the values of keys, in their order, together.
func (l *Loader[K, V]) LoadMany(ctx context.Context, keys []K) ([]V, error) {
	announceAll := func() {
		for _, key := range keys {
			l.announce(key)
		}
	}
	wanted := make([]*value[V], len(keys))
	l.mu.Lock()
	for i, key := range keys {
		wanted[i] = l.want(ctx, key, announceAll)
	}
	l.mu.Unlock()
	return wait(wanted)
}

// LoadEach reads one value for each of the parents, in their order. Parents that were read together are asked for
// together, whichever of them comes first: see peers.
func LoadEach[P any, K comparable, V any](
	ctx context.Context, l *Loader[K, V], parents []*P, key func(*P) K,
) ([]V, error) {
	return each(ctx, l, parents, func(p *P) (K, bool) { return key(p), true })
}

// LoadEachOptional is Each for parents whose key may be null: they get the zero value.
func LoadEachOptional[P, V any](
	ctx context.Context, l *Loader[uuid.UUID, V], parents []*P, key func(*P) uuid.NullUUID,
) ([]V, error) {
	return each(ctx, l, parents, func(p *P) (uuid.UUID, bool) { k := key(p); return k.UUID, k.Valid })
}

func each[P any, K comparable, V any](
	ctx context.Context, l *Loader[K, V], parents []*P, key func(*P) (K, bool),
) ([]V, error) {
	var current *P
	announceAll := func() {
		for _, peer := range peersOf(l.peers, current) {
			if k, ok := key(peer); ok {
				l.announce(k)
			}
		}
		if k, ok := key(current); ok {
			l.announce(k)
		}
	}
	wanted := make([]*value[V], len(parents))
	l.mu.Lock()
	for i, parent := range parents {
		if k, ok := key(parent); ok {
			current = parent
			wanted[i] = l.want(ctx, k, announceAll)
		}
	}
	l.mu.Unlock()
	return wait(wanted)
}

// wait waits for all values; a nil one's is the zero value.
func wait[V any](wanted []*value[V]) ([]V, error) {
	values := make([]V, len(wanted))
	for i, v := range wanted {
		if v == nil {
			continue
		}
		var err error
		if values[i], err = v.wait(); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// want begins to read a key's value. The first time that it meets the key it announces what else is going to be asked for. The
// caller has the lock.
func (l *Loader[K, V]) want(ctx context.Context, key K, announceAll func()) *value[V] {
	if l.wait < 0 { // see Alone
		v := &value[V]{read: make(chan struct{})}
		go l.read(ctx, []K{key}, []*value[V]{v}) // whoever wants it waits for it
		return v
	}
	if v := l.values[key]; v != nil {
		return v
	}
	before := len(l.announced)
	announceAll()
	if !l.remembered(before) {
		for _, k := range l.announced[before:] {
			l.values[k].read = make(chan struct{})
		}
		if l.window == nil {
			l.window = dataloader.NewBatchedLoader(l.batch, dataloader.WithWait[K, struct{}](l.wait),
				dataloader.WithBatchCapacity[K, struct{}](batchCap), dataloader.WithInputCapacity[K, struct{}](1),
				dataloader.WithCache(&dataloader.NoCache[K, struct{}]{}))
		}
		l.window.Load(ctx, key) // not waited for: the value says when it was read
	}
	return l.values[key]
}

// announce notes that a key's value is wanted. The caller has the lock.
func (l *Loader[K, V]) announce(key K) {
	if l.values[key] != nil {
		return
	}
	if l.values == nil {
		l.values = map[K]*value[V]{}
	}
	l.values[key] = &value[V]{}
	l.announced = append(l.announced, key)
}

// remembered gives the keys that were announced last their values, if all of them are at hand. Were it to give those that are,
// what they lead to would be asked for before the others are read, with a statement more. The caller has the lock.
func (l *Loader[K, V]) remembered(before int) bool {
	if l.recall == nil {
		return false
	}
	values, ok := l.recall(l.announced[before:])
	if !ok {
		return false
	}
	for i, k := range l.announced[before:] {
		l.values[k].v = values[i]
	}
	l.announced = l.announced[:before]
	return true
}

// batch is called when a window closes: it reads all that is announced by then.
func (l *Loader[K, V]) batch(ctx context.Context, keys []K) []*dataloader.Result[struct{}] {
	runtime.Gosched() // who is about to ask for more does so first
	l.mu.Lock()
	announced := l.announced
	l.announced = nil
	values := make([]*value[V], len(announced))
	for i, k := range announced {
		values[i] = l.values[k]
	}
	l.mu.Unlock()

	start := 0
	for chunk := range slices.Chunk(announced, batchCap) {
		l.read(ctx, chunk, values[start:start+len(chunk)])
		start += len(chunk)
	}
	results := make([]*dataloader.Result[struct{}], len(keys))
	for i := range results {
		results[i] = &dataloader.Result[struct{}]{}
	}
	return results
}

// read reads the values of keys with one statement. Whoever waits for one of them gets an answer, whatever happens.
func (l *Loader[K, V]) read(ctx context.Context, keys []K, values []*value[V]) {
	var found []V
	var err error
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a loader panicked: %v\n%s", r, debug.Stack())
		}
		for i, v := range values {
			if v.err = err; err == nil {
				v.v = found[i]
			}
			close(v.read)
		}
	}()
	found, err = l.fetch(ctx, keys)
}

// wait waits until the value was read.
func (v *value[V]) wait() (V, error) {
	if v.read != nil {
		<-v.read
	}
	return v.v, v.err
}

// Prime gives the loader a value that came along with another one. What it knows already stays.
func (l *Loader[K, V]) Prime(key K, v V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.values[key] == nil {
		if l.values == nil {
			l.values = map[K]*value[V]{}
		}
		l.values[key] = &value[V]{v: v}
	}
}

// atHand is a key's value if the loader was given it; else it is the zero value.
func (l *Loader[K, V]) atHand(key K) (v V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.values[key]; known != nil && known.read == nil {
		v = known.v
	}
	return v
}
