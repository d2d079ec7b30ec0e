package telemetry

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Operation describes a GraphQL operation that has ended.
type Operation struct {
	Kind       string // query, mutation or subscription; empty if the request held no valid operation
	Name       string // the name of a registered operation; ignored if RegisterOperations does not have it
	Took       time.Duration
	Statements int           // SQL statements
	InSQL      time.Duration // time spent waiting for them
	Cost       int           // 0 for an operation that did not run
	Failed     bool          // the response has an error
}

// operations are the metrics of GraphQL operations, by kind and name.
type operations struct {
	known      *atomic.Pointer[map[string]struct{}]
	series     *sync.Map // of *operationSeries by operationKey
	duration   *prometheus.HistogramVec
	statements *prometheus.HistogramVec
	inSQL      *prometheus.CounterVec
	cost       *prometheus.CounterVec
	failed     *prometheus.CounterVec
}

type operationKey struct{ kind, name string }

type operationSeries struct {
	duration, statements prometheus.Observer
	inSQL, cost, failed  prometheus.Counter
}

func newOperations() operations {
	labels := []string{"type", "operation"}
	return operations{
		known: new(atomic.Pointer[map[string]struct{}]), series: new(sync.Map),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "aisle_graphql_operation_duration_seconds",
			Help:    "Time from the first byte of a GraphQL request to the last byte of its response.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, labels),
		statements: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "aisle_graphql_operation_sql_statements",
			Help:    "SQL statements sent by a GraphQL operation.",
			Buckets: []float64{0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50},
		}, labels),
		inSQL: counter("aisle_graphql_operation_sql_seconds_total",
			"Time that GraphQL operations waited for SQL statements. Concurrent statements are added up.", labels...),
		cost: counter("aisle_graphql_operation_cost_total",
			"Cost of the GraphQL operations that ran, in the units of the rate limit.", labels...),
		failed: counter("aisle_graphql_operation_failures_total", "GraphQL operations whose response has an error.", labels...),
	}
}

func (o operations) collectors() []prometheus.Collector {
	return []prometheus.Collector{o.duration, o.statements, o.inSQL, o.cost, o.failed}
}

// register sets the names of the operations that have series of their own.
func (o operations) register(names []string) {
	known := make(map[string]struct{}, len(names))
	for _, name := range names {
		known[name] = struct{}{}
	}
	o.known.Store(&known)
}

// record records an operation.
func (o operations) record(op Operation) {
	s := o.seriesOf(op.Kind, op.Name)
	s.duration.Observe(op.Took.Seconds())
	s.statements.Observe(float64(op.Statements))
	s.inSQL.Add(op.InSQL.Seconds())
	s.cost.Add(float64(op.Cost))
	if op.Failed {
		s.failed.Inc()
	}
}

// seriesOf returns the series of a kind and a name. The map saves five lookups in the vectors at each request.
func (o operations) seriesOf(kind, name string) *operationSeries {
	if kind == "" {
		kind = other
	}
	known := o.known.Load()
	if known == nil {
		name = other
	} else if _, ok := (*known)[name]; !ok {
		name = other
	}
	key := operationKey{kind, name}
	if s, ok := o.series.Load(key); ok {
		return s.(*operationSeries) //nolint:forcetypeassert,errcheck // nothing else is stored
	}
	s := &operationSeries{
		duration: o.duration.WithLabelValues(kind, name), statements: o.statements.WithLabelValues(kind, name),
		inSQL: o.inSQL.WithLabelValues(kind, name), cost: o.cost.WithLabelValues(kind, name), failed: o.failed.WithLabelValues(kind, name),
	}
	o.series.Store(key, s)
	return s
}
