package telemetry

import "github.com/prometheus/client_golang/prometheus"

// emitFunc sends one sample of a metric, with the values of its labels.
type emitFunc func(value float64, labels ...string)

// snapshotMetric is a metric whose samples are read from a snapshot of type S.
type snapshotMetric[S any] struct {
	desc    *prometheus.Desc
	kind    prometheus.ValueType
	samples func(snapshot S, emit emitFunc)
}

// gaugeOf describes a gauge that is read from a snapshot.
func gaugeOf[S any](name, help string, samples func(S, emitFunc), labels ...string) snapshotMetric[S] {
	return snapshotMetric[S]{prometheus.NewDesc(name, help, labels, nil), prometheus.GaugeValue, samples}
}

// counterOf describes a counter that is read from a snapshot.
func counterOf[S any](name, help string, samples func(S, emitFunc), labels ...string) snapshotMetric[S] {
	return snapshotMetric[S]{prometheus.NewDesc(name, help, labels, nil), prometheus.CounterValue, samples}
}

// snapshotCollector is a prometheus.Collector that takes one snapshot a scrape, so that its metrics agree with each other.
type snapshotCollector[S any] struct {
	snapshot func() S
	metrics  []snapshotMetric[S]
}

// registerSnapshot registers metrics that are read from one snapshot a scrape. snapshot must be safe for concurrent use.
func registerSnapshot[S any](r prometheus.Registerer, snapshot func() S, metrics ...snapshotMetric[S]) {
	r.MustRegister(snapshotCollector[S]{snapshot, metrics})
}

// Describe sends the description of each metric.
func (c snapshotCollector[S]) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range c.metrics {
		ch <- m.desc
	}
}

// Collect takes a snapshot and sends the samples of each metric.
func (c snapshotCollector[S]) Collect(ch chan<- prometheus.Metric) {
	snapshot := c.snapshot()
	for _, m := range c.metrics {
		m.samples(snapshot, func(value float64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(m.desc, m.kind, value, labels...)
		})
	}
}

// boolValue is 1 for true and 0 for false.
func boolValue(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
