package loaders

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/graph-gophers/dataloader/v7"

	"aisle/auth"
)

// batchCap is how many keys one statement may carry; more are shared out to several.
const batchCap = 10_000

// Loader reads values by their keys: what is asked for within a short wait is read by one statement, and only once. It
// lives as long as one request and belongs to one viewer.
type Loader[K comparable, V any] struct {
	window *dataloader.Loader[K, V] // collects the keys that come within the wait, and then reads all that is announced
	fetch  fetchFunc[K, V]
	peers  *peers

	mu        sync.Mutex
	values    map[K]*value[V] // of all keys that were announced so far
	announced []K             // and are not being read yet
}

// value is a value that is being read, or was.
type value[V any] struct {
	read chan struct{} // closed when it was read
	v    V
	err  error
}

// fetchFunc reads the values of keys in the order of the keys.
type fetchFunc[K comparable, V any] func(ctx context.Context, keys []K) ([]V, error)

// request is what all the loaders of one request have in common.
type request struct {
	scope auth.Scope
	wait  time.Duration
	peers *peers
}

func newLoader[K comparable, V any](r *request, fetch fetchFunc[K, V]) *Loader[K, V] {
	l := &Loader[K, V]{fetch: fetch, peers: r.peers, values: map[K]*value[V]{}}
	l.window = dataloader.NewBatchedLoader(l.batch, dataloader.WithWait[K, V](r.wait),
		dataloader.WithBatchCapacity[K, V](batchCap), dataloader.WithInputCapacity[K, V](1))
	return l
}

// Load reads the value of one key.
func (l *Loader[K, V]) Load(ctx context.Context, key K) (V, error) {
	return l.start(ctx, key, func(announce func(K)) { announce(key) })()
}

// LoadMany reads the values of keys, in their order, together.
func (l *Loader[K, V]) LoadMany(ctx context.Context, keys []K) ([]V, error) {
	thunks := make([]dataloader.Thunk[V], len(keys))
	for i, key := range keys {
		thunks[i] = l.start(ctx, key, func(announce func(K)) {
			for _, k := range keys {
				announce(k)
			}
		})
	}
	return wait(thunks)
}

// Each reads one value for each of the parents, in their order. Parents that were read together are asked for
// together, whichever of them comes first: see peers.
func Each[P any, K comparable, V any](
	ctx context.Context, l *Loader[K, V], parents []*P, key func(*P) K,
) ([]V, error) {
	return each(ctx, l, parents, func(p *P) (K, bool) { return key(p), true })
}

// EachOptional is Each for parents whose key may be null: they get the zero value.
func EachOptional[P, V any](
	ctx context.Context, l *Loader[uuid.UUID, V], parents []*P, key func(*P) uuid.NullUUID,
) ([]V, error) {
	return each(ctx, l, parents, func(p *P) (uuid.UUID, bool) { k := key(p); return k.UUID, k.Valid })
}

func each[P any, K comparable, V any](
	ctx context.Context, l *Loader[K, V], parents []*P, key func(*P) (K, bool),
) ([]V, error) {
	thunks := make([]dataloader.Thunk[V], len(parents))
	for i, parent := range parents {
		k, ok := key(parent)
		if !ok {
			continue
		}
		thunks[i] = l.start(ctx, k, func(announce func(K)) {
			for _, peer := range peersOf(l.peers, parent) {
				if k, ok := key(peer); ok {
					announce(k)
				}
			}
			announce(k)
		})
	}
	return wait(thunks)
}

// wait waits for all values; a nil thunk's is the zero value.
func wait[V any](thunks []dataloader.Thunk[V]) ([]V, error) {
	values := make([]V, len(thunks))
	for i, thunk := range thunks {
		if thunk == nil {
			continue
		}
		var err error
		if values[i], err = thunk(); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// start begins to read a key's value, and returns what waits for it. The first time that it meets the key it announces
// what else is going to be asked for.
func (l *Loader[K, V]) start(ctx context.Context, key K, announceAll func(announce func(K))) dataloader.Thunk[V] {
	l.mu.Lock()
	known := l.values[key]
	if known == nil {
		announceAll(l.announce)
	}
	l.mu.Unlock()
	if known == nil {
		return l.window.Load(ctx, key)
	}
	return known.wait
}

// announce notes that a key's value is wanted. The caller has the lock.
func (l *Loader[K, V]) announce(key K) {
	if l.values[key] == nil {
		l.values[key] = &value[V]{read: make(chan struct{})}
		l.announced = append(l.announced, key)
	}
}

// batch is called when a window closes: it reads all that is announced by then, and answers the keys of the window.
func (l *Loader[K, V]) batch(ctx context.Context, keys []K) []*dataloader.Result[V] {
	l.mu.Lock()
	announced := l.announced
	l.announced = nil
	values := make([]*value[V], len(announced))
	for i, k := range announced {
		values[i] = l.values[k]
	}
	mine := make([]*value[V], len(keys))
	for i, k := range keys {
		mine[i] = l.values[k]
	}
	l.mu.Unlock()

	start := 0
	for chunk := range slices.Chunk(announced, batchCap) {
		l.read(ctx, chunk, values[start:start+len(chunk)])
		start += len(chunk)
	}
	results := make([]*dataloader.Result[V], len(keys))
	for i, v := range mine {
		got, err := v.wait()
		results[i] = &dataloader.Result[V]{Data: got, Error: err}
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
	<-v.read
	return v.v, v.err
}

// Prime gives the loader a value that came along with another one. What it knows already stays.
func (l *Loader[K, V]) Prime(key K, v V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.values[key] == nil {
		known := &value[V]{read: make(chan struct{}), v: v}
		close(known.read)
		l.values[key] = known
	}
}
