package resolvers

import (
	"context"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/fleet"
)

// SystemStatus is what a node knows of itself and of what it works with, besides the registry of nodes.
type SystemStatus struct {
	Version      string
	CacheHitRate func() float64               // load what is read often; nil where nothing is kept
	PingRedis    func(context.Context) error  // nil when Redis answers
	Replicas     func() []graph.SystemReplica // nil where there are none
}

// loadSystem shows how the system fares. It is there for the bad days: what cannot be known is null or unhealthy, and the rest is
// shown soon.
func (r *Resolver) loadSystem(ctx context.Context) *graph.System {
	store.DependencyRecorderFrom(ctx).AddModule("fleet") // whose changes nobody tells: the answer is not kept
	system := &graph.System{
		Version: r.Status.Version, Queues: []graph.SystemQueue{},
		Database: &graph.SystemDatabase{Primary: &graph.SystemPrimary{}, Replicas: []graph.SystemReplica{}},
		Cache:    &graph.SystemCache{Healthy: r.Status.PingRedis != nil && r.Status.PingRedis(ctx) == nil},
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
	system.Nodes, system.Database.Primary.Healthy = nodes, true
	system.Subscriptions = &graph.SystemSubscriptions{}
	for _, n := range nodes {
		system.Subscriptions.Connections += n.Streams
		system.Subscriptions.Active += n.Subscriptions
	}
	return system
}

// listNodes reads the registry, from the primary database, which is healthy when it answers.
func (r *Resolver) listNodes(ctx context.Context) ([]fleet.Node, error) {
	const patience = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return r.Modules.Fleet.ListNodes(ctx, loaders.FromContext(ctx).Scope)
}

// restartComponent asks a node to restart a component.
func (r *Resolver) restartComponent(ctx context.Context, in graph.RestartComponentInput) (*graph.RestartComponentPayload, error) {
	id, inputErr := parseID("nodeId", fleet.NodePrefix, in.NodeID)
	c := store.Command{Name: "restartComponent", IdempotencyKey: in.IdempotencyKey, Input: in, Locks: []store.Lock{fleet.Lock()}}
	node, errs, err := runMutation(ctx, r, c, inputErr, func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*fleet.Node, error) {
		return r.Modules.Fleet.RequestRestart(ctx, tx, scope, id, in.Component)
	})
	payload := &graph.RestartComponentPayload{Node: node, UserErrors: errs}
	if node != nil {
		i := slices.IndexFunc(node.Components, func(c fleet.Component) bool { return c.Name == in.Component })
		payload.Component = &node.Components[i]
	}
	return payload, err
}
