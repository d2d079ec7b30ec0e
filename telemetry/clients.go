package telemetry

import (
	"regexp"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// maxVersions is the number of versions of a client that have series of their own at a time.
const maxVersions = 20

// none is the label of a client that sends no name or no version.
const none = "none"

// Client identifies the program that sent an operation, by the headers that it sent.
type Client struct {
	Name, Version string
	SignedIn      bool // a viewer sent the operation; only signed-in requests can add a version
}

// Outcome is the result of an operation, for the client that sent it.
type Outcome string

// The outcomes.
const (
	OutcomeOK          Outcome = "ok"
	OutcomeClientError Outcome = "client_error" // the response has errors that the sender caused
	OutcomeServerError Outcome = "server_error" // the response has an error that the server caused
)

// clients are the metrics of the programs that send operations. A client may send any name and version, so neither becomes a
// label as it is: an unknown name is counted as "other". Of a known client, only versions that signed-in users sent become
// labels, and the version that was seen least recently is evicted, with its series, to make room for a new one.
type clients struct {
	requests   *prometheus.CounterVec
	errors     *prometheus.CounterVec
	deprecated *prometheus.CounterVec

	mu    sync.Mutex
	known map[string]versions
	clock uint64 // counts operations
}

// versions are the versions of one client that have series, by label.
type versions map[string]*clientVersion

type clientVersion struct {
	counts   map[Outcome]prometheus.Counter
	lastSeen uint64 // the value of clients.clock
}

func newClients() *clients {
	return &clients{
		requests: counter("aisle_client_requests_total",
			"GraphQL operations by client and outcome: ok, client_error (caused by the client) or server_error (caused by the server).",
			"client", "version", "outcome"),
		errors: counter("aisle_client_errors_total", "Errors in GraphQL responses, by client and extensions.code.", "client", "code"),
		deprecated: counter("aisle_graphql_deprecated_uses_total",
			"Operations that use a deprecated schema element, by its schema coordinate and by client.", "coordinate", "client", "version"),
		known: map[string]versions{none: {}, other: {}},
	}
}

func (c *clients) collectors() []prometheus.Collector {
	return []prometheus.Collector{c.requests, c.errors, c.deprecated}
}

// register adds names of clients that have series of their own.
func (c *clients) register(names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range names {
		if c.known[name] == nil {
			c.known[name] = versions{}
		}
	}
}

// record records an operation of a client.
func (c *clients) record(by Client, outcome Outcome, codes, deprecated []string) {
	c.mu.Lock() // also for the series: a version that was just evicted must not get them back
	defer c.mu.Unlock()
	name := by.Name
	if name == "" {
		name = none
	}
	if c.known[name] == nil {
		name = other
	}
	version := c.known[name].label(by, name)
	c.version(name, version).counts[outcome].Inc()
	for _, code := range codes {
		c.errors.WithLabelValues(name, code).Inc()
	}
	for _, coordinate := range deprecated {
		c.deprecated.WithLabelValues(coordinate, name, version).Inc()
	}
}

// version returns a version of a client, by their labels, and marks it as seen now. The caller holds the lock.
func (c *clients) version(name, version string) *clientVersion {
	known := c.known[name]
	v := known[version]
	if v == nil {
		if len(known) >= maxVersions {
			c.evict(name)
		}
		v = &clientVersion{counts: map[Outcome]prometheus.Counter{}}
		// All outcomes at once, so that a ratio of errors is 0 and not absent.
		for _, o := range []Outcome{OutcomeOK, OutcomeClientError, OutcomeServerError} {
			v.counts[o] = c.requests.WithLabelValues(name, version, string(o))
		}
		known[version] = v
	}
	c.clock++
	v.lastSeen = c.clock
	return v
}

// evict removes the version of a client that was seen least recently, and its series. The caller holds the lock.
func (c *clients) evict(name string) {
	known, oldest := c.known[name], ""
	for version, v := range known {
		if oldest == "" || v.lastSeen < known[oldest].lastSeen {
			oldest = version
		}
	}
	delete(known, oldest)
	labels := prometheus.Labels{"client": name, "version": oldest}
	c.requests.DeletePartialMatch(labels)
	c.deprecated.DeletePartialMatch(labels)
}

// release matches a version of up to four dotted numbers, and a suffix, such as a build, that does not become part of the label.
var release = regexp.MustCompile(`^v?(\d{1,6}(?:\.\d{1,6}){0,3})(?:[-+ (].*)?$`)

// label returns the label for the version of a client. name is the client's label.
func (v versions) label(by Client, name string) string {
	switch {
	case name == other || name == none:
		return name
	case by.Version == "":
		return none
	case v[by.Version] != nil: // the common case needs no regular expression
		return by.Version
	}
	found := release.FindStringSubmatch(by.Version)
	if found == nil {
		return other
	}
	if v[found[1]] == nil && !by.SignedIn {
		return other
	}
	return found[1]
}
