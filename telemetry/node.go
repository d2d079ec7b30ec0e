package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Pool are the figures of a pool of connections to PostgreSQL.
type Pool struct {
	Name     string        // a word of the process's own
	Acquired int           // connections that somebody uses
	Idle     int           // that nobody does
	Max      int           // that may be
	Waits    int64         // how often somebody had to wait for one, since the process began
	Waited   time.Duration // the time of that
}

// EventLog are the figures of a node's view of the log of events, and of those who read it there.
type EventLog struct {
	Lag                    time.Duration            // since the node knew last that it has read all
	Events, Bytes          int                      // in memory
	Reach                  time.Duration            // how long ago the oldest of them happened; 0 for none
	AtEnd, InRing, InTable int                      // subscribers that have all, that have some in memory to read, that read the table
	Partners               map[string]time.Duration // how long ago the oldest event happened that each was not given; 0 for none
}

// Node is what the figures of a process are looked up with, whenever somebody asks. All but EventLog must be set, and none may
// wait long.
type Node struct {
	Pools    func() []Pool
	EventLog func() EventLog // nil for a process that does not read it
	Redis    func() bool     // requests ask it
	Ready    func() bool     // /readyz says so
}

// RegisterNode shows them.
func (m *Metrics) RegisterNode(n Node) {
	if n.EventLog != nil {
		m.registry.MustRegister(eventLogLook(n.EventLog))
	}
	m.registry.MustRegister(poolLook(n.Pools),
		whether("aisle_redis_up", "1 while Redis is asked, 0 while it is left alone because it did not answer.", n.Redis),
		whether("aisle_ready", "1 while the node says that it can answer requests (/readyz).", n.Ready))
}

func whether(name, help string, is func() bool) prometheus.Collector { //nolint:ireturn // the registry takes an interface
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
		if is() {
			return 1
		}
		return 0
	})
}

// look is a collector that asks for its figures at each look.
type look struct {
	described []*prometheus.Desc
	ask       func(tell func(d *prometheus.Desc, value float64, labels ...string))
	counters  map[*prometheus.Desc]bool // the others are gauges
}

func (l *look) describe(name, help string, labels ...string) *prometheus.Desc {
	d := prometheus.NewDesc(name, help, labels, nil)
	l.described = append(l.described, d)
	return d
}

func (l *look) counter(name, help string, labels ...string) *prometheus.Desc {
	d := l.describe(name, help, labels...)
	l.counters[d] = true
	return d
}

// Describe is what the registry asks first.
func (l *look) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range l.described {
		ch <- d
	}
}

// Collect is what the registry asks at each look.
func (l *look) Collect(ch chan<- prometheus.Metric) {
	l.ask(func(d *prometheus.Desc, value float64, labels ...string) {
		kind := prometheus.GaugeValue
		if l.counters[d] {
			kind = prometheus.CounterValue
		}
		ch <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	})
}

func poolLook(pools func() []Pool) *look {
	l := &look{counters: map[*prometheus.Desc]bool{}}
	conns := l.describe("aisle_database_connections", "Connections to PostgreSQL.", "pool", "state")
	most := l.describe("aisle_database_connections_max", "Connections to PostgreSQL that there may be.", "pool")
	waits := l.counter("aisle_database_waits_total", "How often somebody had to wait for a connection, because none was idle.", "pool")
	waited := l.counter("aisle_database_wait_seconds_total", "Time that was waited for a connection.", "pool")
	l.ask = func(tell func(d *prometheus.Desc, value float64, labels ...string)) {
		for _, p := range pools() {
			tell(conns, float64(p.Acquired), p.Name, "acquired")
			tell(conns, float64(p.Idle), p.Name, "idle")
			tell(most, float64(p.Max), p.Name)
			tell(waits, float64(p.Waits), p.Name)
			tell(waited, p.Waited.Seconds(), p.Name)
		}
	}
	return l
}

func eventLogLook(figures func() EventLog) *look {
	l := &look{counters: map[*prometheus.Desc]bool{}}
	lag := l.describe("aisle_events_lag_seconds", "Time since the node knew last that it has read the log of events to its end.")
	events := l.describe("aisle_events_in_memory", "The newest events, which subscribers read from memory.")
	bytes := l.describe("aisle_events_memory_bytes", "Memory that these take, about.")
	reach := l.describe("aisle_events_memory_reach_seconds", "How long ago the oldest of these happened.")
	subscribers := l.describe("aisle_events_subscribers",
		"Subscribers by where they are: end (they have all), memory (there is more for them), table (they are too far back for memory).", "at")
	partners := l.describe("aisle_partner_lag_seconds",
		"How long ago the oldest event happened that a partner's system was not given here, by subscription or `changes`; 0 for none.", "partner")
	l.ask = func(tell func(d *prometheus.Desc, value float64, labels ...string)) {
		f := figures()
		tell(lag, f.Lag.Seconds())
		tell(events, float64(f.Events))
		tell(bytes, float64(f.Bytes))
		tell(reach, f.Reach.Seconds())
		tell(subscribers, float64(f.AtEnd), "end")
		tell(subscribers, float64(f.InRing), "memory")
		tell(subscribers, float64(f.InTable), "table")
		for name, behind := range f.Partners {
			tell(partners, behind.Seconds(), name)
		}
	}
	return l
}
