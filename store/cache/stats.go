package cache

// Stats are a cache's figures.
type Stats struct {
	Kind    string
	Memory  int64  // values that were in memory
	Shared  int64  // that were in Redis
	Fetched int64  // that were read where they are true
	Evicted int64  // that had to go from memory to make room
	Entries int    // in memory
	Bytes   uint64 // that these take, about
}

// Stats says what has become of reads since the process began.
func (c *Cache[K, V]) Stats() Stats {
	return Stats{
		Kind: c.options.Kind, Memory: c.counts.memory.Load(), Shared: c.counts.shared.Load(), Fetched: c.counts.fetched.Load(),
		Evicted: c.counts.evicted.Load(), Entries: c.memory.EstimatedSize(), Bytes: c.memory.WeightedSize(),
	}
}
