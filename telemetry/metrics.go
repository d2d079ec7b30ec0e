package telemetry

import (
	"net/http"
	"runtime"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// other stands for every value of a label that was not known in advance, so that no client can make a series.
const other = "other"

// Metrics are the figures of one process, in a registry of their own. It is safe for concurrent use.
type Metrics struct {
	registry      *prometheus.Registry
	requests      *prometheus.CounterVec
	inFlight      prometheus.Gauge
	errors        *prometheus.CounterVec
	kept          *prometheus.CounterVec
	streams       *prometheus.GaugeVec
	subscriptions prometheus.Gauge
	delivered     prometheus.Counter
	timeInState   *prometheus.HistogramVec
	operations    operations
	clients       *clients
}

// NewMetrics returns metrics that count from zero. version is that of the build.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: counter("aisle_http_requests_total", "HTTP requests that were answered.", "route", "method", "status"),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "aisle_http_requests_in_flight", Help: "HTTP requests that are being answered.",
		}),
		errors: counter("aisle_graphql_errors_total", "Errors in GraphQL answers, by extensions.code.", "code"),
		kept: counter("aisle_graphql_kept_answers_total",
			"Answers to GET that may be kept, by where they were: the client's own copy, memory, memory for what the store has in common "+
				"(shared), that but for what had changed (renewed), or nowhere (made).",
			"from"),
		streams: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "aisle_streams", Help: "Connections that are open for subscriptions.",
		}, []string{"transport"}),
		subscriptions: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "aisle_graphql_subscriptions", Help: "Subscriptions that are being served.",
		}),
		delivered: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "aisle_graphql_events_sent_total", Help: "Events that were sent to subscribers.",
		}),
		operations: newOperations(),
		clients:    newClients(),
	}
	m.timeInState = newTimeInState()
	m.registry.MustRegister(
		m.requests, m.inFlight, m.errors, m.kept, m.streams, m.subscriptions, m.delivered, m.timeInState,
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
		Help:        "Always 1: the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": version, "go_version": runtime.Version()},
	})
	info.Set(1)
	m.registry.MustRegister(info)
}

// Registry has all the figures, for /metrics and for collectors of others.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

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

// Kept counts an answer that may be kept: the client's own copy is right ("client"), it was in memory ("memory"), what it shows of
// the viewer's store was ("shared") or was made anew but for the tasks that had not changed ("renewed"), or all had to be made
// ("made").
func (m *Metrics) Kept(where string) { m.kept.WithLabelValues(where).Inc() }

// Error counts an error of a GraphQL answer. code is one of the server's own.
func (m *Metrics) Error(code string) { m.errors.WithLabelValues(code).Inc() }

// knownMethod is the method, or "other": a client may send any word.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return other
	}
}
