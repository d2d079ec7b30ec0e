package node

import (
	"time"

	"aisle/app/supervise"
	"aisle/loaders"
	"aisle/server"
	"aisle/store/kpis"
	"aisle/store/postgres"
	"aisle/store/replica"
	"aisle/telemetry"
)

// newMetrics returns the node's metrics, and registers those of its caches and reads.
func newMetrics(c Config, db *databases, caches *caches) *telemetry.Metrics {
	metrics := telemetry.NewMetrics(c.Version)
	metrics.RegisterEntityCache(func() []telemetry.EntityCacheStats { return entityCacheStats(caches.entities) })
	metrics.RegisterReads(func() telemetry.ReadStats { return readStats(db.router) })
	return metrics
}

// nodeCollector returns the functions that read a node's state for its metrics.
func nodeCollector(c Config, db *databases, caches *caches, srv *server.Server) telemetry.NodeSources {
	collector := telemetry.NodeSources{
		Pools: func() []telemetry.PoolStats { return []telemetry.PoolStats{poolStats("primary", db.pool)} },
		Redis: func() bool { return !db.breaker.IsOpen() },
		Ready: srv.Ready,
	}
	if c.Roles.ServesClients() { // other nodes have no tailer
		collector.EventLog = func() telemetry.EventLogStats {
			s := caches.log.Stats()
			return telemetry.EventLogStats{
				Lag: s.Lag, Events: s.Events, Bytes: s.Bytes, BufferAge: s.BufferAge,
				AtEnd: s.AtEnd, InBuffer: s.InBuffer, InTable: s.InTable, Partners: s.ReaderLags,
			}
		}
	}
	return collector
}

func poolStats(name string, pool *postgres.Pool) telemetry.PoolStats {
	s := pool.Stat()
	return telemetry.PoolStats{
		Name: name, Acquired: int(s.AcquiredConns()), Idle: int(s.IdleConns()), Max: int(s.MaxConns()),
		Waits: s.EmptyAcquireCount(), Waited: s.EmptyAcquireWaitTime(),
	}
}

func readStats(router *replica.Router) telemetry.ReadStats {
	var r telemetry.ReadStats
	r.Primary, r.Replica = router.Reads()
	for _, s := range router.States() {
		r.Replicas = append(r.Replicas, telemetry.ReplicaStats{Name: s.Name, Up: s.Healthy, Lag: s.Lag})
	}
	return r
}

func entityCacheStats(entities *loaders.EntityCache) []telemetry.EntityCacheStats {
	stats := entities.Stats()
	kinds := make([]telemetry.EntityCacheStats, len(stats))
	for i, s := range stats {
		kinds[i] = telemetry.EntityCacheStats{
			Kind: s.Kind, MemoryHits: s.MemoryHits, RedisHits: s.SharedHits, Misses: s.Fetches,
			Evictions: s.Evictions, Entries: s.Entries, Bytes: s.Bytes,
		}
	}
	return kinds
}

func componentMetrics(statuses []supervise.Status) []telemetry.ComponentStats {
	list := make([]telemetry.ComponentStats, len(statuses))
	for i, s := range statuses {
		list[i] = telemetry.ComponentStats{Name: s.Name, Up: s.State == supervise.Running, Restarts: s.Restarts, Panics: s.Panics}
	}
	return list
}

// businessMetrics returns the metrics of the chain, or nil before they were computed.
func businessMetrics(chain *kpis.ChainSnapshot) *telemetry.BusinessStats {
	m := chain.Metrics()
	if m == nil {
		return nil
	}
	b := &telemetry.BusinessStats{Tasks: m.Tasks, Lag: map[string]time.Duration{"kpis": m.Lag}}
	for _, r := range m.Regions {
		b.Regions = append(b.Regions, telemetry.RegionStats(r))
	}
	return b
}
