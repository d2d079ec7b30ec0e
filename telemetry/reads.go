package telemetry

import "time"

// ReadStats describes which PostgreSQL servers answer reads.
type ReadStats struct {
	Primary  int64          // statements sent to the primary since the process started
	Replica  int64          // statements sent to replicas since the process started
	Replicas []ReplicaStats // the configured replicas
}

// ReplicaStats describes a read replica.
type ReplicaStats struct {
	Name string        // host:port
	Up   bool          // this node sends reads to the replica
	Lag  time.Duration // age of the oldest change that the replica has not applied
}

// RegisterReads registers the metrics of read routing. stats is called at each scrape.
func (m *Metrics) RegisterReads(stats func() ReadStats) {
	perReplica := func(value func(ReplicaStats) float64) func(ReadStats, emitFunc) {
		return func(s ReadStats, emit emitFunc) {
			for _, r := range s.Replicas {
				emit(value(r), r.Name)
			}
		}
	}
	registerSnapshot(m.registry, stats,
		counterOf("aisle_database_reads_total", "SQL statements that read, by target: primary or replica.",
			func(s ReadStats, emit emitFunc) {
				emit(float64(s.Primary), "primary")
				emit(float64(s.Replica), "replica")
			}, "target"),
		gaugeOf("aisle_replica_up", "1 while this node sends reads to the replica, else 0.",
			perReplica(func(r ReplicaStats) float64 { return boolValue(r.Up) }), "replica"),
		gaugeOf("aisle_replica_lag_seconds", "Age of the oldest change that the replica has not applied.",
			perReplica(func(r ReplicaStats) float64 { return r.Lag.Seconds() }), "replica"),
	)
}
