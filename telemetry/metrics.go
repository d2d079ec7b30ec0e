package telemetry

import (
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// other stands for every value of a label that was not known in advance, so that no client can make a series.
const other = "other"

// Metrics are the figures of one process, in a registry of their own. It is safe for concurrent use.
type Metrics struct {
	streams       *prometheus.GaugeVec
	subscriptions prometheus.Gauge
	delivered     prometheus.Counter
	kept          *prometheus.CounterVec
	registry      *prometheus.Registry
	requests      *prometheus.CounterVec
	inFlight      prometheus.Gauge
	duration      *prometheus.HistogramVec
	statements    *prometheus.HistogramVec
	errors        *prometheus.CounterVec
	timeInState   *prometheus.HistogramVec
	operations    atomic.Pointer[map[string]struct{}]
}

// NewMetrics returns metrics that count from zero. version is that of the build.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aisle_http_requests_total",
			Help: "HTTP requests that were answered.",
		}, []string{"route", "method", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "aisle_http_requests_in_flight",
			Help: "HTTP requests that are being answered.",
		}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "aisle_graphql_operation_duration_seconds",
			Help:    "Time from a GraphQL request's first byte to its answer's last.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"type", "operation"}),
		statements: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "aisle_graphql_operation_sql_statements",
			Help:    "SQL statements that a GraphQL operation sent.",
			Buckets: []float64{0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50},
		}, []string{"type", "operation"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aisle_graphql_errors_total",
			Help: "Errors in GraphQL answers, by extensions.code.",
		}, []string{"code"}),
	}
	m.streams = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "aisle_streams",
		Help: "Connections that are open for subscriptions.",
	}, []string{"transport"})
	m.subscriptions = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "aisle_graphql_subscriptions",
		Help: "Subscriptions that are being served.",
	})
	m.delivered = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "aisle_graphql_events_sent_total",
		Help: "Events that were sent to subscribers.",
	})
	m.kept = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "aisle_graphql_kept_answers_total",
		Help: "Answers to GET that may be kept, by where they were: the client's own copy, memory, or nowhere (made).",
	}, []string{"from"})
	m.timeInState = newTimeInState()
	m.registry.MustRegister(
		m.kept, m.timeInState,
		m.streams, m.subscriptions, m.delivered,
		m.requests, m.inFlight, m.duration, m.statements, m.errors,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.registerBuild(version)
	return m
}

func (m *Metrics) registerBuild(version string) {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "aisle_build_info",
		Help:        "Always 1: the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": version, "go_version": runtime.Version()},
	})
	info.Set(1)
	m.registry.MustRegister(info)
}

// Registry has all the figures, for /metrics and for collectors of others.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// RegisterOperations says which operations have figures of their own: those with these names. All others are summed up
// as "other". It replaces what was registered before.
func (m *Metrics) RegisterOperations(names ...string) {
	known := make(map[string]struct{}, len(names))
	for _, name := range names {
		known[name] = struct{}{}
	}
	m.operations.Store(&known)
}

// Begin counts a request as in flight until the function that it returns is called.
func (m *Metrics) Begin() (end func()) {
	m.inFlight.Inc()
	return m.inFlight.Dec
}

// Request counts an answered HTTP request. route is a pattern, never a path; empty when none matched.
func (m *Metrics) Request(route, method string, status int) {
	if route == "" {
		route = other
	}
	m.requests.WithLabelValues(route, knownMethod(method), strconv.Itoa(status)).Inc()
}

// Operation records a GraphQL operation. kind is query, mutation, subscription, or empty when the request held no
// operation that could be run. name is empty of an operation that is not registered.
func (m *Metrics) Operation(kind, name string, took time.Duration, statements int) {
	if kind == "" {
		kind = other
	}
	if known := m.operations.Load(); known == nil || !has(*known, name) {
		name = other
	}
	m.duration.WithLabelValues(kind, name).Observe(took.Seconds())
	m.statements.WithLabelValues(kind, name).Observe(float64(statements))
}

// Stream counts a connection for subscriptions as open until the function that it returns is called.
func (m *Metrics) Stream(transport string) (end func()) {
	gauge := m.streams.WithLabelValues(transport)
	gauge.Inc()
	return gauge.Dec
}

// Subscription counts a subscription as served until the function that it returns is called.
func (m *Metrics) Subscription() (end func()) {
	m.subscriptions.Inc()
	return m.subscriptions.Dec
}

// Delivered counts events that were sent to a subscriber.
func (m *Metrics) Delivered(events int) { m.delivered.Add(float64(events)) }

// Kept counts an answer that may be kept: the client's own copy is right ("client"), it was in memory ("memory"), or it had to be
// made ("made").
func (m *Metrics) Kept(where string) { m.kept.WithLabelValues(where).Inc() }

// Error counts an error of a GraphQL answer. code is one of the server's own.
func (m *Metrics) Error(code string) { m.errors.WithLabelValues(code).Inc() }

func has(set map[string]struct{}, name string) bool {
	_, ok := set[name]
	return ok
}

// knownMethod is the method, or "other": a client may send any word.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return other
	}
}
