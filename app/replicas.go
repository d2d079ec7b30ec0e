package app

import (
	"context"

	"aisle/graph"
	"aisle/store"
	"aisle/telemetry"
)

// reads are the figures of a pool's reads, as telemetry has them.
func reads(pool *store.Pool) telemetry.ReadStats {
	var r telemetry.ReadStats
	r.Primary, r.Replica = pool.RoutedReads()
	for _, s := range pool.ReplicaStates() {
		r.Replicas = append(r.Replicas, telemetry.ReplicaStats{Name: s.Name, Up: s.Healthy, Lag: s.Lag})
	}
	return r
}

// shown are the replicas as SystemStatus has them. How far behind one is that cannot be reached is not known.
func shown(states []store.ReplicaState) []graph.SystemReplica {
	list := make([]graph.SystemReplica, len(states))
	for i, s := range states {
		list[i] = graph.SystemReplica{Name: s.Name, Healthy: s.Healthy}
		if lag := s.Lag.Seconds(); s.Healthy || lag > 0 {
			list[i].LagSeconds = &lag
		}
	}
	return list
}

// watchReplicas watches the servers of the database, until ctx ends.
func (n node) watchReplicas(p *parts) func(context.Context) error {
	return func(ctx context.Context) error { return p.pool.Watch(ctx, n.Log, p.log.Position) }
}

// replicaURLs are those of the replicas that the node reads from: it has none when it answers no clients.
func (n node) replicaURLs() []string {
	if !n.Roles.servesClients() {
		return nil
	}
	return n.ReplicaURLs
}
