package telemetry

import (
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// CacheResult says how the response cache answered a request.
type CacheResult string

// The results of a lookup in the response cache.
const (
	CacheNotModified CacheResult = "not_modified" // the client's copy is current: 304
	CacheHit         CacheResult = "hit"          // the whole response was cached
	CacheFragmentHit CacheResult = "fragment_hit" // the fragment that viewers of a store share was cached
	CachePartial     CacheResult = "partial"      // some elements of the fragment were cached
	CacheMiss        CacheResult = "miss"         // nothing was cached
)

// Metrics are the metrics of one process, in a registry of their own. They are safe for concurrent use.
type Metrics struct {
	registry      *prometheus.Registry
	requests      *prometheus.CounterVec
	inFlight      prometheus.Gauge
	errors        *prometheus.CounterVec
	responseCache *prometheus.CounterVec
	connections   *prometheus.GaugeVec
	subscriptions prometheus.Gauge
	eventsSent    prometheus.Counter
	timeInStatus  *prometheus.HistogramVec
	operations    operations
	clients       *clients
}

// NewMetrics returns metrics that count from zero. version is the version of the build.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: counter("aisle_http_requests_total", "HTTP requests answered.", "route", "method", "status"),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "aisle_http_requests_in_flight", Help: "HTTP requests being answered now.",
		}),
		errors: counter("aisle_graphql_errors_total", "Errors in GraphQL responses, by extensions.code.", "code"),
		responseCache: counter("aisle_response_cache_requests_total",
			"Cacheable GET requests by result: not_modified (the client's copy is current), hit (whole response cached), "+
				"fragment_hit (the fragment shared by a store's viewers was cached), partial (some elements of it were cached) or miss.",
			"result"),
		connections: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "aisle_connections_open", Help: "Open connections for subscriptions, by transport.",
		}, []string{"transport"}),
		subscriptions: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "aisle_graphql_subscriptions", Help: "Active subscriptions.",
		}),
		eventsSent: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "aisle_graphql_events_sent_total", Help: "Events sent to subscribers.",
		}),
		timeInStatus: newTimeInStatus(),
		operations:   newOperations(),
		clients:      newClients(),
	}
	m.registry.MustRegister(
		m.requests, m.inFlight, m.errors, m.responseCache, m.connections, m.subscriptions, m.eventsSent, m.timeInStatus,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.registry.MustRegister(m.operations.collectors()...)
	m.registry.MustRegister(m.clients.collectors()...)
	m.registerBuild(version)
	return m
}

func (m *Metrics) registerBuild(version string) {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "aisle_build_info",
		Help:        "Always 1. The labels are the versions of Aisle and of Go.",
		ConstLabels: prometheus.Labels{"version": version, "go_version": runtime.Version()},
	})
	info.Set(1)
	m.registry.MustRegister(info)
}

// Registry returns the registry, for /metrics and for further collectors.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// TrackRequest counts a request as in flight until end is called.
func (m *Metrics) TrackRequest() (end func()) {
	m.inFlight.Inc()
	return m.inFlight.Dec
}

// RecordRequest counts an answered HTTP request. route is a pattern, never a path; empty if no route matched.
func (m *Metrics) RecordRequest(route, method string, status int) {
	if route == "" {
		route = other
	}
	m.requests.WithLabelValues(route, methodLabel(method), strconv.Itoa(status)).Inc()
}

// TrackConnection counts a connection for subscriptions as open until end is called. transport is one of a fixed set.
func (m *Metrics) TrackConnection(transport string) (end func()) {
	gauge := m.connections.WithLabelValues(transport)
	gauge.Inc()
	return gauge.Dec
}

// TrackSubscription counts a subscription as active until end is called.
func (m *Metrics) TrackSubscription() (end func()) {
	m.subscriptions.Inc()
	return m.subscriptions.Dec
}

// AddEventsSent counts events that were sent to a subscriber.
func (m *Metrics) AddEventsSent(n int) { m.eventsSent.Add(float64(n)) }

// RecordCacheResult counts a cacheable request by how the response cache answered it.
func (m *Metrics) RecordCacheResult(r CacheResult) { m.responseCache.WithLabelValues(string(r)).Inc() }

// RecordError counts an error of a GraphQL response. code is one of a fixed set.
func (m *Metrics) RecordError(code string) { m.errors.WithLabelValues(code).Inc() }

// methodLabel returns the method, or "other" for one that HTTP does not define: a client may send any word.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return other
	}
}

// RegisterOperations sets the names of the operations that have series of their own. All others are counted as "other". It replaces
// the names that were set before.
func (m *Metrics) RegisterOperations(names ...string) { m.operations.register(names) }

// RecordOperation records a GraphQL operation.
func (m *Metrics) RecordOperation(o Operation) { m.operations.record(o) }

// RegisterClients adds names of clients that have series of their own. All others are counted as "other".
func (m *Metrics) RegisterClients(names ...string) { m.clients.register(names) }

// RecordClientOperation records an operation for the client that sent it. codes are the codes of the response's errors; deprecated
// are the schema coordinates of the deprecated elements that it uses. Both are from fixed sets.
func (m *Metrics) RecordClientOperation(by Client, outcome Outcome, codes, deprecated []string) {
	m.clients.record(by, outcome, codes, deprecated)
}

// newTimeInStatus returns a histogram with buckets from a minute to two weeks.
func newTimeInStatus() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "aisle_task_time_in_status_seconds",
		Help:    "Time that a task spent in a status before it left it. Each change of status is observed by one node.",
		Buckets: []float64{60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800, 604_800, 1_209_600},
	}, []string{"status"})
}

// ObserveTimeInStatus records how long a task was in a status that it has left. status is one of a fixed set.
func (m *Metrics) ObserveTimeInStatus(status string, d time.Duration) {
	m.timeInStatus.WithLabelValues(status).Observe(d.Seconds())
}
