package cache

import (
	"context"
	"fmt"

	"aisle/store"
)

// Load returns the values of keys in their order: from memory, from Redis or from Fetch. It waits for a fetch of the same key
// that runs already. The values show all changes that were reported before the call.
func (c *Cache[K, V]) Load(ctx context.Context, keys []K) ([]V, error) {
	values := make([]V, len(keys))
	own, others, started := c.join(keys, values)
	if !started { // changes are not reported yet
		c.counters.fetches.Add(int64(len(keys)))
		return c.options.Fetch(ctx, keys)
	}
	store.StatementCounterFrom(ctx).AddCacheHits(len(keys) - len(own.keys))
	if len(own.keys) > 0 {
		c.fetch(ctx, own)
	}
	for i, f := range own.flights {
		if f.err != nil {
			return nil, f.err
		}
		values[own.indexes[i]] = f.value
	}
	for _, other := range others {
		select {
		case <-other.done:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for another request's fetch: %w", ctx.Err())
		}
		if other.err != nil {
			return nil, other.err
		}
		values[other.index] = other.value
	}
	return values, nil
}
