package telemetry

import (
	"net/http"
	"runtime"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// other replaces every label value that is not in a fixed set, so that no client can create a series.
const other = "other"

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

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
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
