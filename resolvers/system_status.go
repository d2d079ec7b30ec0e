package resolvers

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/fleet"
)

// loadSystem loads the state of the system. It also works during outages: parts that are unavailable are null or unhealthy, and the rest
// is returned within seconds.
func (r *Resolver) loadSystem(ctx context.Context) *graph.System {
	store.DependencyRecorderFrom(ctx).AddModule("fleet") // emits no events, so the response is not cached
	system := &graph.System{
		Version: r.Status.Version, Queues: []graph.SystemQueue{},
		Database: &graph.SystemDatabase{Primary: &graph.SystemPrimary{}, Replicas: []graph.SystemReplica{}},
		Cache:    &graph.SystemCache{IsHealthy: r.Status.PingRedis != nil && r.Status.PingRedis(ctx) == nil},
	}
	if r.Status.CacheHitRate != nil {
		system.Cache.HitRate = r.Status.CacheHitRate()
	}
	if r.Status.Replicas != nil {
		system.Database.Replicas = r.Status.Replicas()
	}
	nodes, err := r.listNodes(ctx)
	if err != nil {
		graphql.AddError(ctx, err)
		return system
	}
	system.Instances, system.Database.Primary.IsHealthy = nodes, true
	system.Subscriptions = &graph.SystemSubscriptions{}
	for _, n := range nodes {
		system.Subscriptions.Connections += n.Streams
		system.Subscriptions.Active += n.Subscriptions
	}
	return system
}

// listNodes reads the registry of nodes from the primary database. The primary is healthy if it answers.
func (r *Resolver) listNodes(ctx context.Context) ([]fleet.Node, error) {
	const timeout = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return r.Modules.Fleet.ListNodes(ctx, loaders.FromContext(ctx).Scope)
}
