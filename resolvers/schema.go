package resolvers

// gqlgen adds what is missing here when the schema grows. It keeps the resolvers and moves everything else out: helpers
// live in other files.

import (
	"context"

	"aisle/auth"
	"aisle/graph"
)

func (r *queryResolver) Viewer(ctx context.Context) (*graph.Viewer, error) {
	return r.viewer(ctx, auth.ViewerFrom(ctx))
}

func (r *queryResolver) Node(ctx context.Context, id string) (graph.Node, error) {
	nodes, err := r.Nodes(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return nodes[0], nil
}

func (r *queryResolver) Nodes(ctx context.Context, ids []string) ([]graph.Node, error) {
	return nodes(ctx, ids)
}

func (r *Resolver) Mutation() graph.MutationResolver { return &mutationResolver{r} }

func (r *Resolver) Query() graph.QueryResolver { return &queryResolver{r} }

type (
	mutationResolver struct{ *Resolver }
	queryResolver    struct{ *Resolver }
)
