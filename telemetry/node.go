package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// PoolStats describes a pool of connections to PostgreSQL. Counts start when the process starts.
type PoolStats struct {
	Name     string        // one of a fixed set
	Acquired int           // connections in use
	Idle     int           // open connections that are not in use
	Max      int           // the limit
	Waits    int64         // acquisitions that had to wait, because no connection was idle
	Waited   time.Duration // total time of those waits
}

// EventLogStats describes a node's copy of the event log and its subscribers.
type EventLogStats struct {
	Lag           time.Duration            // time since the node last read the log to its end
	Events, Bytes int                      // in the buffer of newest events
	BufferAge     time.Duration            // age of the oldest event in the buffer; 0 if it is empty
	AtEnd         int                      // subscribers that have received every event
	InBuffer      int                      // subscribers whose next event is in the buffer
	InTable       int                      // subscribers that are too far behind for the buffer and read the table
	Partners      map[string]time.Duration // age of the oldest event that a partner has not received; 0 if it has all
}

// NodeSources are the functions that RegisterNode's metrics call at each scrape. All but EventLog are required. None may block.
type NodeSources struct {
	Pools    func() []PoolStats
	EventLog func() EventLogStats // nil for a process that does not read the event log
	Redis    func() bool          // whether requests use Redis
	Ready    func() bool          // whether /readyz reports ready
}

// RegisterNode registers the metrics of a process's connections and event log.
func (m *Metrics) RegisterNode(n NodeSources) {
	if n.EventLog != nil {
		registerEventLog(m.registry, n.EventLog)
	}
	registerPools(m.registry, n.Pools)
	registerSnapshot(m.registry, n.Redis,
		gaugeOf("aisle_redis_up", "1 while the node uses Redis, 0 while it works without, because Redis does not answer.", emitBool))
	registerSnapshot(m.registry, n.Ready,
		gaugeOf("aisle_ready", "1 while the node can serve requests (/readyz), else 0.", emitBool))
}

func emitBool(b bool, emit emitFunc) { emit(boolValue(b)) }

func registerPools(r prometheus.Registerer, stats func() []PoolStats) {
	perPool := func(value func(PoolStats) float64) func([]PoolStats, emitFunc) {
		return func(pools []PoolStats, emit emitFunc) {
			for _, p := range pools {
				emit(value(p), p.Name)
			}
		}
	}
	registerSnapshot(r, stats,
		gaugeOf("aisle_pool_connections", "Open connections to PostgreSQL, by state: acquired or idle.",
			func(pools []PoolStats, emit emitFunc) {
				for _, p := range pools {
					emit(float64(p.Acquired), p.Name, "acquired")
					emit(float64(p.Idle), p.Name, "idle")
				}
			}, "pool", "state"),
		gaugeOf("aisle_pool_connections_max", "Maximum number of connections to PostgreSQL.",
			perPool(func(p PoolStats) float64 { return float64(p.Max) }), "pool"),
		counterOf("aisle_pool_waits_total", "Acquisitions of a connection that had to wait, because none was idle.",
			perPool(func(p PoolStats) float64 { return float64(p.Waits) }), "pool"),
		counterOf("aisle_pool_wait_seconds_total", "Total time spent waiting for a connection.",
			perPool(func(p PoolStats) float64 { return p.Waited.Seconds() }), "pool"),
	)
}

func registerEventLog(r prometheus.Registerer, stats func() EventLogStats) {
	single := func(value func(EventLogStats) float64) func(EventLogStats, emitFunc) {
		return func(s EventLogStats, emit emitFunc) { emit(value(s)) }
	}
	registerSnapshot(r, stats,
		gaugeOf("aisle_events_lag_seconds", "Time since the node last read the event log to its end.",
			single(func(s EventLogStats) float64 { return s.Lag.Seconds() })),
		gaugeOf("aisle_events_buffered", "Events in the buffer of newest events, from which subscribers read.",
			single(func(s EventLogStats) float64 { return float64(s.Events) })),
		gaugeOf("aisle_events_buffer_bytes", "Approximate memory used by the buffer of newest events.",
			single(func(s EventLogStats) float64 { return float64(s.Bytes) })),
		gaugeOf("aisle_events_buffer_age_seconds", "Age of the oldest event in the buffer of newest events.",
			single(func(s EventLogStats) float64 { return s.BufferAge.Seconds() })),
		gaugeOf("aisle_events_subscribers",
			"Subscribers by position: end (received every event), buffer (next event is in the buffer), table (too far behind for the buffer).",
			func(s EventLogStats, emit emitFunc) {
				emit(float64(s.AtEnd), "end")
				emit(float64(s.InBuffer), "buffer")
				emit(float64(s.InTable), "table")
			}, "position"),
		gaugeOf("aisle_partner_lag_seconds",
			"Age of the oldest event that a partner has not received on this node, by subscription or `changes`; 0 if it has received all.",
			func(s EventLogStats, emit emitFunc) {
				for name, lag := range s.Partners {
					emit(lag.Seconds(), name)
				}
			}, "partner"),
	)
}
