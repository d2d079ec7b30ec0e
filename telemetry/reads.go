package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Reads are the figures of what queries read from PostgreSQL. The replicas are those of the configuration.
type Reads struct {
	Primary  int64 // statements that were sent to the primary, since the process began
	Replica  int64 // that were sent to replicas
	Replicas []Replica
}

// Replica is one of the servers that follow the primary.
type Replica struct {
	Name string // host:port
	Up   bool   // it is in the rotation
	Lag  time.Duration
}

// RegisterReads shows the figures, which are asked for whenever somebody looks.
func (m *Metrics) RegisterReads(figures func() Reads) {
	m.registry.MustRegister(readsCollector{
		figures: figures,
		reads: prometheus.NewDesc("aisle_database_reads_total",
			"Statements by which modules read, by where they were sent.", []string{"target"}, nil),
		up: prometheus.NewDesc("aisle_replica_up", "Whether a replica is in the rotation.", []string{"replica"}, nil),
		lag: prometheus.NewDesc("aisle_replica_lag_seconds",
			"How old the oldest change is that a replica does not show.", []string{"replica"}, nil),
	})
}

type readsCollector struct {
	figures        func() Reads
	reads, up, lag *prometheus.Desc
}

// Describe is what the registry asks first.
func (c readsCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.reads
	ch <- c.up
	ch <- c.lag
}

// Collect is what the registry asks at each look.
func (c readsCollector) Collect(ch chan<- prometheus.Metric) {
	figures := c.figures()
	ch <- prometheus.MustNewConstMetric(c.reads, prometheus.CounterValue, float64(figures.Primary), "primary")
	ch <- prometheus.MustNewConstMetric(c.reads, prometheus.CounterValue, float64(figures.Replica), "replica")
	for _, r := range figures.Replicas {
		up := 0.0
		if r.Up {
			up = 1
		}
		ch <- prometheus.MustNewConstMetric(c.up, prometheus.GaugeValue, up, r.Name)
		ch <- prometheus.MustNewConstMetric(c.lag, prometheus.GaugeValue, r.Lag.Seconds(), r.Name)
	}
}
