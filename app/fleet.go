package app

import (
	"cmp"
	"context"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"aisle/graph"
	"aisle/resolvers"
	"aisle/store"
	"aisle/store/fleet"
	"aisle/telemetry"
)

// member is the node in the registry of the fleet. What it tells of the parts is asked of them when they run.
func (n node) member(ctx context.Context, pool *store.Pool, p *parts) *fleet.Heartbeat {
	host, _ := os.Hostname()
	return fleet.NewHeartbeat(fleet.HeartbeatConfig{
		Pool: pool,
		Node: fleet.Node{
			Host: cmp.Or(host, "unknown"), Roles: n.Roles.words(), Version: version(), Connections: pool.MaxConns(),
		},
		Status: func() fleet.NodeStatus {
			streams, subscriptions := p.server.Audience()
			return fleet.NodeStatus{
				Draining: ctx.Err() != nil, Streams: streams, Subscriptions: subscriptions, Components: reported(p.tree.Statuses()),
			}
		},
		Restart: func(component string) error { return p.tree.Restart(component) },
		Log:     n.Log,
		Now:     time.Now,
	})
}

// leave takes the node out of the registry when all has ended. When PostgreSQL is away the others wait a little longer.
func (n node) leave(ctx context.Context, m *fleet.Heartbeat) {
	ctx = context.WithoutCancel(ctx)
	if err := m.Deregister(ctx); err != nil {
		n.Log.WarnContext(ctx, "the node is still in the registry, until it counts as gone", "error", err)
	}
}

// status is what the node knows of what it works with, for SystemStatus.
func (n node) status(pool *store.Pool, m *memory, client redis.UniversalClient) resolvers.SystemStatus {
	status := resolvers.SystemStatus{Version: version(), PingRedis: func(ctx context.Context) error {
		const patience = 250 * time.Millisecond
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return client.Ping(ctx).Err()
	}}
	status.Replicas = func() []graph.SystemReplica { return shown(pool.ReplicaStates()) }
	if m.hot != nil {
		status.CacheHitRate = func() float64 { return telemetry.CacheHitRatio(figures(m.hot)) }
	}
	return status
}
