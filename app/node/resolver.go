package node

import (
	"context"
	"time"

	"aisle/graph"
	"aisle/loaders"
	"aisle/resolvers"
	"aisle/store"
	"aisle/store/replica"
	"aisle/telemetry"
)

// newResolver makes the resolvers of the schema from the modules.
func newResolver(c Config, db *databases, modules loaders.Modules, caches *caches, authn *authentication) (*resolvers.Resolver, error) {
	commands := store.NewCommandRunner(db.pool, time.Now, caches.onCommit)
	sessions, err := newSessions(c, db, modules, authn, commands)
	if err != nil {
		return nil, err
	}
	wait := loaders.DefaultWait
	if c.NoBatching {
		wait = loaders.NoBatching
	}
	return &resolvers.Resolver{
		Modules:      modules,
		EntityCache:  caches.entities,
		Commands:     commands,
		Log:          caches.log,
		WriteTracker: caches.writes,
		Replicas:     db.router,
		Sessions:     sessions,
		Status:       newSystemStatus(c, db, caches),
		BatchWait:    wait,
		Now:          time.Now,
	}, nil
}

// newSystemStatus returns what the query SystemStatus reads of this node.
func newSystemStatus(c Config, db *databases, caches *caches) resolvers.SystemStatus {
	const pingTimeout = 250 * time.Millisecond
	status := resolvers.SystemStatus{
		Version:   c.Version,
		PingRedis: func(ctx context.Context) error { return pingRedis(ctx, db.redis, pingTimeout) },
		Replicas:  func() []graph.SystemReplica { return systemReplicas(db.router.States()) },
	}
	if caches.entities != nil {
		status.CacheHitRate = func() float64 { return telemetry.CacheHitRatio(entityCacheStats(caches.entities)) }
	}
	return status
}

// systemReplicas converts the states of replicas. The lag of a replica that cannot be reached is unknown.
func systemReplicas(states []replica.State) []graph.SystemReplica {
	list := make([]graph.SystemReplica, len(states))
	for i, s := range states {
		list[i] = graph.SystemReplica{Name: s.Name, IsHealthy: s.Healthy}
		if lag := s.Lag.Seconds(); s.Healthy || lag > 0 {
			list[i].LagSeconds = &lag
		}
	}
	return list
}
