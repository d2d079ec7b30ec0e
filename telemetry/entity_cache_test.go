package telemetry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"aisle/telemetry"
)

func TestRegisterEntityCacheExportsEachKind(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("test")
	kinds := []telemetry.EntityCacheStats{
		{Kind: "product", MemoryHits: 90, RedisHits: 6, Misses: 3, Evictions: 2, Entries: 7, Bytes: 4096},
		{Kind: "store", Misses: 1},
	}
	m.RegisterEntityCache(func() []telemetry.EntityCacheStats { return kinds })

	want := []string{
		`aisle_entity_cache_bytes{kind="product"} 4096`,
		`aisle_entity_cache_bytes{kind="store"} 0`,
		`aisle_entity_cache_entries{kind="product"} 7`,
		`aisle_entity_cache_entries{kind="store"} 0`,
		`aisle_entity_cache_evictions_total{kind="product"} 2`,
		`aisle_entity_cache_evictions_total{kind="store"} 0`,
		`aisle_entity_cache_reads_total{kind="product",tier="memory"} 90`,
		`aisle_entity_cache_reads_total{kind="product",tier="postgres"} 3`,
		`aisle_entity_cache_reads_total{kind="product",tier="redis"} 6`,
		`aisle_entity_cache_reads_total{kind="store",tier="memory"} 0`,
		`aisle_entity_cache_reads_total{kind="store",tier="postgres"} 1`,
		`aisle_entity_cache_reads_total{kind="store",tier="redis"} 0`,
	}
	if diff := cmp.Diff(want, series(t, m, "aisle_entity_cache_")); diff != "" {
		t.Error(diff)
	}
	if got := telemetry.CacheHitRatio(kinds); got != 0.96 {
		t.Errorf("the hit ratio is %v, want 0.96", got)
	}
	if got := telemetry.CacheHitRatio(nil); got != 0 {
		t.Errorf("the hit ratio without reads is %v, want 0", got)
	}
}
