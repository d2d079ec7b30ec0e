package telemetry

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Operation is what became of a GraphQL operation.
type Operation struct {
	Kind       string // query, mutation, subscription, or empty when the request held none that could be run
	Name       string // of one that is registered; empty of all others
	Took       time.Duration
	Statements int           // of SQL
	InSQL      time.Duration // that they took
	Cost       int           // 0 of one that was not priced, because it did not run
	Failed     bool          // its answer has an error
}

// operations are the figures of GraphQL operations. Each pair of a kind and a name has its own.
type operations struct {
	known      *atomic.Pointer[map[string]struct{}]
	figures    *sync.Map // of *operationFigures by operationKey
	duration   *prometheus.HistogramVec
	statements *prometheus.HistogramVec
	inSQL      *prometheus.CounterVec
	cost       *prometheus.CounterVec
	failed     *prometheus.CounterVec
}

type operationKey struct{ kind, name string }

type operationFigures struct {
	duration, statements prometheus.Observer
	inSQL, cost, failed  prometheus.Counter
}

func newOperations() operations {
	labels := []string{"type", "operation"}
	return operations{
		known: new(atomic.Pointer[map[string]struct{}]), figures: new(sync.Map),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "aisle_graphql_operation_duration_seconds",
			Help:    "Time from a GraphQL request's first byte to its answer's last.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, labels),
		statements: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "aisle_graphql_operation_sql_statements",
			Help:    "SQL statements that a GraphQL operation sent.",
			Buckets: []float64{0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50},
		}, labels),
		inSQL: counter("aisle_graphql_operation_sql_seconds_total",
			"Time that GraphQL operations waited for SQL statements, summed over those that ran side by side.", labels...),
		cost:   counter("aisle_graphql_operation_cost_total", "What GraphQL operations that ran cost, as docs/limits.md has it.", labels...),
		failed: counter("aisle_graphql_operation_failures_total", "GraphQL operations whose answer has an error.", labels...),
	}
}

func (o operations) collectors() []prometheus.Collector {
	return []prometheus.Collector{o.duration, o.statements, o.inSQL, o.cost, o.failed}
}

// RegisterOperations says which operations have figures of their own: those with these names. All others are summed up
// as "other". It replaces what was registered before.
func (m *Metrics) RegisterOperations(names ...string) {
	known := make(map[string]struct{}, len(names))
	for _, name := range names {
		known[name] = struct{}{}
	}
	m.operations.known.Store(&known)
}

// Operation records a GraphQL operation.
func (m *Metrics) Operation(o Operation) {
	f := m.operations.of(o.Kind, o.Name)
	f.duration.Observe(o.Took.Seconds())
	f.statements.Observe(float64(o.Statements))
	f.inSQL.Add(o.InSQL.Seconds())
	f.cost.Add(float64(o.Cost))
	if o.Failed {
		f.failed.Inc()
	}
}

// of are the figures of a kind and a name. They are looked up at each request, which the vectors would do five times.
func (o operations) of(kind, name string) *operationFigures {
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
	if f, ok := o.figures.Load(key); ok {
		return f.(*operationFigures) //nolint:forcetypeassert,errcheck // nothing else is stored
	}
	f := &operationFigures{
		duration: o.duration.WithLabelValues(kind, name), statements: o.statements.WithLabelValues(kind, name),
		inSQL: o.inSQL.WithLabelValues(kind, name), cost: o.cost.WithLabelValues(kind, name), failed: o.failed.WithLabelValues(kind, name),
	}
	o.figures.Store(key, f)
	return f
}
