package telemetry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"aisle/telemetry"
)

func TestWhatIsReadOftenHasFiguresByKind(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("test")
	kinds := []telemetry.HotKind{
		{Kind: "product", Memory: 90, Redis: 6, Read: 3, Evicted: 2, Entries: 7, Bytes: 4096},
		{Kind: "store", Read: 1},
	}
	m.RegisterHot(func() []telemetry.HotKind { return kinds })

	want := []string{
		`aisle_hot_bytes{kind="product"} 4096`,
		`aisle_hot_bytes{kind="store"} 0`,
		`aisle_hot_entries{kind="product"} 7`,
		`aisle_hot_entries{kind="store"} 0`,
		`aisle_hot_evictions_total{kind="product"} 2`,
		`aisle_hot_evictions_total{kind="store"} 0`,
		`aisle_hot_reads_total{kind="product",tier="memory"} 90`,
		`aisle_hot_reads_total{kind="product",tier="postgres"} 3`,
		`aisle_hot_reads_total{kind="product",tier="redis"} 6`,
		`aisle_hot_reads_total{kind="store",tier="memory"} 0`,
		`aisle_hot_reads_total{kind="store",tier="postgres"} 1`,
		`aisle_hot_reads_total{kind="store",tier="redis"} 0`,
	}
	if diff := cmp.Diff(want, series(t, m, "aisle_hot_")); diff != "" {
		t.Error(diff)
	}
	if got := telemetry.HitRate(kinds); got != 0.96 {
		t.Errorf("the rate is %v", got)
	}
	if got := telemetry.HitRate(nil); got != 0 {
		t.Errorf("the rate of nothing is %v", got)
	}
}
