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

// SystemStatus reports the state of this node and of the services that it uses.
type SystemStatus struct {
	Version      string
	CacheHitRate func() float64               // of the entity cache; nil without one
	PingRedis    func(context.Context) error  // returns nil if Redis answers
	Replicas     func() []graph.SystemReplica // nil without replicas
}

// loadSystem loads the state of the system. It also works during outages: parts that are unavailable are null or unhealthy, and the rest
// is returned within seconds.
func (r *Resolver) loadSystem(ctx context.Context) *graph.System {
	store.DependencyRecorderFrom(ctx).AddModule("fleet") // emits no events, so the response is not cached
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

// listNodes reads the registry of nodes from the primary database. The primary is healthy if it answers.
func (r *Resolver) listNodes(ctx context.Context) ([]fleet.Node, error) {
	const timeout = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return r.Modules.Fleet.ListNodes(ctx, loaders.FromContext(ctx).Scope)
}

// restartComponent requests the restart of a component of a node.
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
