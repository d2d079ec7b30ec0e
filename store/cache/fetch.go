package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"aisle/store"
	"aisle/store/replica"
)

// join sets the values that are in memory, joins the flights that exist, and starts a flight for each other key. Invalidated
// flights are not joined: what a caller gets shows all changes that were reported before.
func (c *Cache[K, V]) join(keys []K, values []V) (own batch[K, V], others []joinedFlight[V], started bool) {
	now, hits := c.options.Now(), 0
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.started {
		return own, nil, false
	}
	own.asOf, own.epoch = c.end, c.epoch
	for i, key := range keys {
		if v, ok := c.Peek(key, now); ok {
			values[i] = v
			hits++
			continue
		}
		if f := c.flights[key]; f != nil {
			others = append(others, joinedFlight[V]{f, i})
			continue
		}
		if own.done == nil {
			own.done = make(chan struct{})
		}
		f := &flight[V]{done: own.done}
		c.flights[key] = f
		own.keys, own.indexes, own.flights = append(own.keys, key), append(own.indexes, i), append(own.flights, f)
	}
	c.counters.memoryHits.Add(int64(hits))
	return own, others, true
}

// errPanicked is what the other callers of a flight get when its fetch panics.
var errPanicked = errors.New("the fetch panicked")

// fetch fetches the values of a batch, and completes its flights even if the fetch panics.
func (c *Cache[K, V]) fetch(ctx context.Context, b batch[K, V]) {
	for _, f := range b.flights {
		f.err = errPanicked
	}
	read := make([]fetched[V], 0, len(b.keys))
	defer func() { c.complete(b, read) }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	values, err := c.readAll(ctx, b)
	for i, f := range b.flights {
		if f.err = err; err == nil {
			f.value = values[i].value
		}
	}
	read = values
}

// complete ends the flights of a batch, and caches the values that were read.
func (c *Cache[K, V]) complete(b batch[K, V], read []fetched[V]) {
	var writes []write
	c.mu.Lock()
	for i, key := range b.keys {
		if c.flights[key] == b.flights[i] {
			delete(c.flights, key)
		}
		if i < len(read) && c.add(key, read[i], b.epoch) && !read[i].shared {
			writes = append(writes, c.newWrite(key, read[i]))
		}
	}
	c.mu.Unlock()
	close(b.done)
	c.options.Shared.enqueue(writes)
}

// readAll reads values from Redis, and those that Redis does not have, or has outdated, from the database.
func (c *Cache[K, V]) readAll(ctx context.Context, b batch[K, V]) ([]fetched[V], error) {
	values := c.readShared(ctx, b.keys)
	missing, indexes := make([]K, 0, len(b.keys)), make([]int, 0, len(b.keys))
	c.mu.Lock()
	for i, key := range b.keys {
		if !values[i].shared || values[i].asOf.Before(c.changes.last(key)) {
			missing, indexes = append(missing, key), append(indexes, i)
		}
	}
	c.mu.Unlock()
	c.counters.sharedHits.Add(int64(len(b.keys) - len(missing)))
	store.StatementCounterFrom(ctx).AddCacheHits(len(b.keys) - len(missing))
	if len(missing) == 0 {
		return values, nil
	}
	c.counters.fetches.Add(int64(len(missing)))
	read, err := c.options.Fetch(replica.WithMinPosition(ctx, b.asOf), missing)
	if err != nil {
		return nil, err
	}
	if len(read) != len(missing) {
		return nil, fmt.Errorf("%d values of the kind %s were fetched for %d keys", len(read), c.options.Kind, len(missing))
	}
	for i, v := range read {
		encoded, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("encode a value of the kind %s: %w", c.options.Kind, err)
		}
		values[indexes[i]] = fetched[V]{value: v, encoded: encoded, asOf: b.asOf}
	}
	return values, nil
}
