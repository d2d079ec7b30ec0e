package cache

// Stats are the counters of a cache since the process began, and its size.
type Stats struct {
	Kind       string
	MemoryHits int64  // values that memory had
	SharedHits int64  // values that Redis had
	Fetches    int64  // values that were fetched from the database
	Evictions  int64  // values that were evicted from memory
	Entries    int    // in memory
	Bytes      uint64 // approximate size of Entries
}

// Stats returns the counters.
func (c *Cache[K, V]) Stats() Stats {
	return Stats{
		Kind: c.options.Kind, MemoryHits: c.counters.memoryHits.Load(), SharedHits: c.counters.sharedHits.Load(),
		Fetches: c.counters.fetches.Load(), Evictions: c.counters.evictions.Load(),
		Entries: c.memory.EstimatedSize(), Bytes: c.memory.WeightedSize(),
	}
}
