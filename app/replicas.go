package app

import (
	"context"

	"aisle/store"
	"aisle/telemetry"
)

// reads are the figures of a pool's reads, as telemetry has them.
func reads(pool *store.Pool) telemetry.Reads {
	var r telemetry.Reads
	r.Primary, r.Replica = pool.SpreadReads()
	for _, s := range pool.Replicas() {
		r.Replicas = append(r.Replicas, telemetry.Replica{Name: s.Name, Up: s.Healthy, Lag: s.Lag})
	}
	return r
}

// watchReplicas watches the servers of the database, until ctx ends.
func (n node) watchReplicas(p *parts) func(context.Context) error {
	return func(ctx context.Context) error { return p.pool.Watch(ctx, n.Log, p.log.End) }
}
