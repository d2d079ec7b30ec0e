package telemetry

import (
	"regexp"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// mostVersions is how many versions of a client have figures of their own at once.
const mostVersions = 20

// none stands for a name or a version that a client does not tell.
const none = "none"

// Client is the program that sent an operation, in its own words.
type Client struct {
	Name, Version string
	SignedIn      bool // a viewer sent it: nobody else can make a version known
}

// Outcome is what an operation came to, for who sent it.
type Outcome string

// The outcomes.
const (
	OutcomeOK      Outcome = "ok"
	OutcomeRefused Outcome = "refused" // the answer has errors, for which the sender is to blame
	OutcomeFault   Outcome = "fault"   // the answer has an error for which we are
)

// clients are the figures of the programs that send operations. Names and versions are the senders' own words, so neither is
// a label as it is: a name is known, or "other"; of a known client's versions those are known that its signed-in users had last,
// and the rest is "other". A version that has not been seen for longest makes room for a new one, with its series.
type clients struct {
	requests   *prometheus.CounterVec
	errors     *prometheus.CounterVec
	deprecated *prometheus.CounterVec

	mu    sync.Mutex
	known map[string]versions
	turn  uint64 // counts what was sent
}

// versions are those of one client that have figures, by their labels.
type versions map[string]*clientVersion

type clientVersion struct {
	counts map[Outcome]prometheus.Counter
	seen   uint64 // the turn in which it was last
}

func newClients() *clients {
	return &clients{
		requests: counter("aisle_client_requests_total",
			"GraphQL operations by the program that sent them, and by what came of them: ok, refused (its own fault) or fault (ours).",
			"client", "version", "outcome"),
		errors: counter("aisle_client_errors_total", "Errors in GraphQL answers by the program that got them.", "client", "code"),
		deprecated: counter("aisle_deprecated_uses_total",
			"Operations that asked for what the schema says is deprecated, by who sent them.", "what", "client", "version"),
		known: map[string]versions{none: {}, other: {}},
	}
}

func (c *clients) collectors() []prometheus.Collector {
	return []prometheus.Collector{c.requests, c.errors, c.deprecated}
}

// RegisterClients says which clients have figures of their own, besides those that were registered before. All others are summed
// up as "other".
func (m *Metrics) RegisterClients(names ...string) {
	c := m.clients
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range names {
		if c.known[name] == nil {
			c.known[name] = versions{}
		}
	}
}

// Sent records an operation for the client that sent it. codes are those of the answer's errors, deprecated is what it asked
// for that the schema says is deprecated: both are of the server's own words.
func (m *Metrics) Sent(by Client, outcome Outcome, codes, deprecated []string) {
	c := m.clients
	c.mu.Lock() // also for the series: none may come back of a version that has just made room
	defer c.mu.Unlock()
	name := by.Name
	if name == "" {
		name = none
	}
	if c.known[name] == nil {
		name = other
	}
	version := c.known[name].label(by, name)
	c.of(name, version).counts[outcome].Inc()
	for _, code := range codes {
		c.errors.WithLabelValues(name, code).Inc()
	}
	for _, what := range deprecated {
		c.deprecated.WithLabelValues(what, name, version).Inc()
	}
}

// of is what counts for a version of a client, by their labels, and was seen just now. The caller has the lock.
func (c *clients) of(name, version string) *clientVersion {
	known := c.known[name]
	v := known[version]
	if v == nil {
		if len(known) >= mostVersions {
			c.makeRoom(name)
		}
		v = &clientVersion{counts: map[Outcome]prometheus.Counter{}}
		for _, o := range []Outcome{OutcomeOK, OutcomeRefused, OutcomeFault} { // all at once: a share of faults is 0 then, and not unknown
			v.counts[o] = c.requests.WithLabelValues(name, version, string(o))
		}
		known[version] = v
	}
	c.turn++
	v.seen = c.turn
	return v
}

// makeRoom forgets the version of a client that was seen longest ago, and its series. The caller has the lock.
func (c *clients) makeRoom(name string) {
	known, oldest := c.known[name], ""
	for version, v := range known {
		if oldest == "" || v.seen < known[oldest].seen {
			oldest = version
		}
	}
	delete(known, oldest)
	labels := prometheus.Labels{"client": name, "version": oldest}
	c.requests.DeletePartialMatch(labels)
	c.deprecated.DeletePartialMatch(labels)
}

// release is the part of a version that is a label: figures with points between, without the build behind them.
var release = regexp.MustCompile(`^v?(\d{1,6}(?:\.\d{1,6}){0,3})(?:[-+ (].*)?$`)

// label is what stands for the version of a client that is known by the name.
func (v versions) label(by Client, name string) string {
	switch {
	case name == other || name == none:
		return name
	case by.Version == "":
		return none
	case v[by.Version] != nil: // as most are, and need not be read
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
