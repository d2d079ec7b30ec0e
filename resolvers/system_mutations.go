package resolvers

import (
	"context"
	"slices"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
	"aisle/store/fleet"
)

// restartComponent requests the restart of a component of a node.
func (r *Resolver) restartComponent(ctx context.Context, in graph.RestartComponentInput) (*graph.RestartComponentPayload, error) {
	id, inputErr := parseID("instanceId", fleet.NodePrefix, in.InstanceID)
	c := store.Command{Locks: []store.Lock{fleet.Lock()}}
	node, errs, err := runMutation(ctx, r, c, inputErr, func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*fleet.Node, error) {
		return r.Modules.Fleet.RequestRestart(ctx, tx, scope, id, in.Component)
	})
	payload := &graph.RestartComponentPayload{Instance: node, UserErrors: errs}
	if node != nil {
		i := slices.IndexFunc(node.Components, func(c fleet.Component) bool { return c.Name == in.Component })
		payload.Component = &node.Components[i]
	}
	return payload, err
}
