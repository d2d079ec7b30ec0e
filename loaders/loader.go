package loaders

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/graph-gophers/dataloader/v7"
)

// DefaultWait is how long a loader waits for more keys: not by the clock, but only until the goroutines that are ready have
// run. The keys of a level arrive together anyway (see peers). The shortest wait by the clock is a millisecond in an idle
// process: epoll counts in milliseconds.
const DefaultWait time.Duration = 0

// NoBatching is the wait of loaders that neither batch nor remember: they send a statement for each key. Benchmarks compare
// with them.
const NoBatching time.Duration = -1

// maxBatch bounds the keys of one statement. More keys are split into several statements.
const maxBatch = 10_000

// A Loader reads values by key. It reads keys that are requested at about the same time with one statement, and each key only
// once. It lives for one request, and belongs to one viewer.
//
// A requested key that has no result yet is put into the queue, together with the keys of its peers. After the wait, the
// batcher reads the whole queue, and closes the done channels of its results.
type Loader[K comparable, V any] struct {
	fetch fetchFunc[K, V]
	peek  peekFunc[K, V] // nil for none
	wait  time.Duration
	peers *peers

	mu      sync.Mutex
	batcher *dataloader.Loader[K, struct{}] // calls readQueue after the wait; nil until it is needed
	results map[K]*result[V]                // of all keys that were queued or primed
	queue   []K                             // of the next batch
}

// A result is a value that is being read, or was read.
type result[V any] struct {
	done  chan struct{} // closed when value and err are set; nil if they were set at once
	value V
	err   error
}

// A fetchFunc reads values in the order of the keys.
type fetchFunc[K comparable, V any] func(ctx context.Context, keys []K) ([]V, error)

// A peekFunc returns values in the order of the keys, if memory has all of them. It does not wait.
type peekFunc[K comparable, V any] func(keys []K) ([]V, bool)

func newLoader[K comparable, V any](r *request, fetch fetchFunc[K, V]) *Loader[K, V] {
	return &Loader[K, V]{fetch: fetch, wait: r.wait, peers: r.peers}
}

// Load returns the value of a key.
func (l *Loader[K, V]) Load(ctx context.Context, key K) (V, error) {
	l.mu.Lock()
	r := l.request(ctx, key, func() { l.enqueue(key) })
	l.mu.Unlock()
	return r.wait()
}

// LoadMany returns the values of keys, in their order.
func (l *Loader[K, V]) LoadMany(ctx context.Context, keys []K) ([]V, error) {
	enqueueAll := func() {
		for _, key := range keys {
			l.enqueue(key)
		}
	}
	results := make([]*result[V], len(keys))
	l.mu.Lock()
	for i, key := range keys {
		results[i] = l.request(ctx, key, enqueueAll)
	}
	l.mu.Unlock()
	return waitAll(results)
}

// Prime sets the value of a key that was read with another one. It does not replace a result.
func (l *Loader[K, V]) Prime(key K, value V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.results[key] == nil {
		l.set(key, &result[V]{value: value})
	}
}

// primed returns the value of a key that was primed or peeked; else the zero value.
func (l *Loader[K, V]) primed(key K) (value V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.results[key]; r != nil && r.done == nil {
		value = r.value
	}
	return value
}

// request returns the result of a key. For a key without a result, enqueueAll queues the key and all others that are about to
// be requested. The caller holds the mutex.
func (l *Loader[K, V]) request(ctx context.Context, key K, enqueueAll func()) *result[V] {
	if l.wait == NoBatching {
		r := &result[V]{done: make(chan struct{})}
		go l.read(ctx, []K{key}, []*result[V]{r})
		return r
	}
	if r := l.results[key]; r != nil {
		return r
	}
	first := len(l.queue)
	enqueueAll()
	if !l.peekQueue(first) {
		for _, k := range l.queue[first:] {
			l.results[k].done = make(chan struct{})
		}
		l.scheduleBatch(ctx, key)
	}
	return l.results[key]
}

// enqueue queues a key unless it has a result. The caller holds the mutex.
func (l *Loader[K, V]) enqueue(key K) {
	if l.results[key] == nil {
		l.set(key, &result[V]{})
		l.queue = append(l.queue, key)
	}
}

func (l *Loader[K, V]) set(key K, r *result[V]) {
	if l.results == nil {
		l.results = map[K]*result[V]{}
	}
	l.results[key] = r
}

// peekQueue takes the keys from an index on out of the queue, if memory has all their values. If it took some of them, the
// fields below those would be requested before the others are read: with one statement more. The caller holds the mutex.
func (l *Loader[K, V]) peekQueue(first int) bool {
	if l.peek == nil {
		return false
	}
	values, ok := l.peek(l.queue[first:])
	if !ok {
		return false
	}
	for i, k := range l.queue[first:] {
		l.results[k].value = values[i]
	}
	l.queue = l.queue[:first]
	return true
}

// scheduleBatch makes the batcher call readQueue after the wait. dataloader only counts the time and the keys: the queue and
// the results are here, because a key arrives with its peers. The caller holds the mutex.
func (l *Loader[K, V]) scheduleBatch(ctx context.Context, key K) {
	if l.batcher == nil {
		l.batcher = dataloader.NewBatchedLoader(l.readQueue, dataloader.WithWait[K, struct{}](l.wait),
			dataloader.WithBatchCapacity[K, struct{}](maxBatch), dataloader.WithInputCapacity[K, struct{}](1),
			dataloader.WithCache(&dataloader.NoCache[K, struct{}]{}))
	}
	l.batcher.Load(ctx, key) // the result of the key says when it was read
}

// readQueue reads the values of all queued keys. The batcher calls it.
func (l *Loader[K, V]) readQueue(ctx context.Context, keys []K) []*dataloader.Result[struct{}] {
	runtime.Gosched() // goroutines that are about to request keys do so first
	l.mu.Lock()
	queue := l.queue
	l.queue = nil
	results := make([]*result[V], len(queue))
	for i, k := range queue {
		results[i] = l.results[k]
	}
	l.mu.Unlock()

	start := 0
	for chunk := range slices.Chunk(queue, maxBatch) {
		l.read(ctx, chunk, results[start:start+len(chunk)])
		start += len(chunk)
	}
	none := make([]*dataloader.Result[struct{}], len(keys))
	for i := range none {
		none[i] = &dataloader.Result[struct{}]{}
	}
	return none
}

// read reads the values of keys with one statement. It completes their results even if fetch panics.
func (l *Loader[K, V]) read(ctx context.Context, keys []K, results []*result[V]) {
	var values []V
	var err error
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a loader panicked: %v\n%s", p, debug.Stack())
		}
		for i, r := range results {
			if r.err = err; err == nil {
				r.value = values[i]
			}
			close(r.done)
		}
	}()
	values, err = l.fetch(ctx, keys)
}

// wait waits until the value was read.
func (r *result[V]) wait() (V, error) {
	if r.done != nil {
		<-r.done
	}
	return r.value, r.err
}

// waitAll waits for all values. The value of a nil result is zero.
func waitAll[V any](results []*result[V]) ([]V, error) {
	values := make([]V, len(results))
	for i, r := range results {
		if r == nil {
			continue
		}
		var err error
		if values[i], err = r.wait(); err != nil {
			return nil, err
		}
	}
	return values, nil
}
