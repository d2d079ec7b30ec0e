package telemetry

// EntityCacheStats describes the cache of one kind of entity. Counts start when the process starts.
type EntityCacheStats struct {
	Kind       string
	MemoryHits int64 // reads that memory answered
	RedisHits  int64 // reads that Redis answered
	Misses     int64 // reads that PostgreSQL answered
	Evictions  int64 // entries that were removed from memory to make room
	Entries    int   // entries in memory now
	Bytes      uint64
}

// CacheHitRatio returns the share of all reads that memory or Redis answered, from 0 to 1. It is 0 if there were no reads.
func CacheHitRatio(kinds []EntityCacheStats) float64 {
	var hits, all int64
	for _, k := range kinds {
		hits += k.MemoryHits + k.RedisHits
		all += k.MemoryHits + k.RedisHits + k.Misses
	}
	if all == 0 {
		return 0
	}
	return float64(hits) / float64(all)
}

// RegisterEntityCache registers the metrics of the entity cache. stats is called at each scrape.
func (m *Metrics) RegisterEntityCache(stats func() []EntityCacheStats) {
	perKind := func(value func(EntityCacheStats) float64) func([]EntityCacheStats, emitFunc) {
		return func(kinds []EntityCacheStats, emit emitFunc) {
			for _, k := range kinds {
				emit(value(k), k.Kind)
			}
		}
	}
	registerSnapshot(m.registry, stats,
		counterOf("aisle_entity_cache_reads_total", "Reads of cached entities by kind and by the tier that answered: memory, redis or postgres.",
			func(kinds []EntityCacheStats, emit emitFunc) {
				for _, k := range kinds {
					emit(float64(k.MemoryHits), k.Kind, "memory")
					emit(float64(k.RedisHits), k.Kind, "redis")
					emit(float64(k.Misses), k.Kind, "postgres")
				}
			}, "kind", "tier"),
		counterOf("aisle_entity_cache_evictions_total", "Entities removed from memory to make room, by kind.",
			perKind(func(k EntityCacheStats) float64 { return float64(k.Evictions) }), "kind"),
		gaugeOf("aisle_entity_cache_entries", "Entities in memory, by kind.",
			perKind(func(k EntityCacheStats) float64 { return float64(k.Entries) }), "kind"),
		gaugeOf("aisle_entity_cache_bytes", "Approximate memory used by cached entities, by kind.",
			perKind(func(k EntityCacheStats) float64 { return float64(k.Bytes) }), "kind"),
	)
}
