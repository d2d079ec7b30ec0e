package telemetry

import "github.com/prometheus/client_golang/prometheus"

// HotKind are the figures of one kind of what is read often, since the process began. The kinds are the process's own.
type HotKind struct {
	Kind    string
	Memory  int64 // reads that memory answered
	Redis   int64 // that Redis answered
	Read    int64 // that PostgreSQL answered
	Evicted int64 // values that had to make room in memory
	Entries int   // in memory
	Bytes   uint64
}

// HitRate is the share of all reads that memory or Redis answered, from 0 to 1; 0 when there was none.
func HitRate(kinds []HotKind) float64 {
	var hits, all int64
	for _, k := range kinds {
		hits += k.Memory + k.Redis
		all += k.Memory + k.Redis + k.Read
	}
	if all == 0 {
		return 0
	}
	return float64(hits) / float64(all)
}

// RegisterHot shows the figures of what is read often, which are asked for whenever somebody looks.
func (m *Metrics) RegisterHot(figures func() []HotKind) {
	description := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	m.registry.MustRegister(hotCollector{
		figures: figures,
		reads:   description("aisle_hot_reads_total", "Reads of what is read often, by kind and by who answered.", "kind", "tier"),
		evicted: description("aisle_hot_evictions_total", "Values that had to make room for others in memory.", "kind"),
		entries: description("aisle_hot_entries", "Values in memory.", "kind"),
		bytes:   description("aisle_hot_bytes", "Memory that these take, about.", "kind"),
	})
}

type hotCollector struct {
	figures                        func() []HotKind
	reads, evicted, entries, bytes *prometheus.Desc
}

// Describe is what the registry asks first.
func (c hotCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.reads, c.evicted, c.entries, c.bytes} {
		ch <- d
	}
}

// Collect is what the registry asks at each look.
func (c hotCollector) Collect(ch chan<- prometheus.Metric) {
	for _, k := range c.figures() {
		for tier, n := range map[string]int64{"memory": k.Memory, "redis": k.Redis, "postgres": k.Read} {
			ch <- prometheus.MustNewConstMetric(c.reads, prometheus.CounterValue, float64(n), k.Kind, tier)
		}
		ch <- prometheus.MustNewConstMetric(c.evicted, prometheus.CounterValue, float64(k.Evicted), k.Kind)
		ch <- prometheus.MustNewConstMetric(c.entries, prometheus.GaugeValue, float64(k.Entries), k.Kind)
		ch <- prometheus.MustNewConstMetric(c.bytes, prometheus.GaugeValue, float64(k.Bytes), k.Kind)
	}
}
