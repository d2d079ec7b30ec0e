package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
)

// guarded is the schema with its own rules before it: who may ask for what is declared in it, and checked before any
// resolver runs, whatever brought the operation here.
type guarded struct {
	graphql.ExecutableSchema

	resolver *Resolver
}

// Exec refuses the operation or runs it.
func (g guarded) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx).Operation
	if err := graph.Authorize(auth.ViewerFromContext(ctx), g.Schema(), operation); err != nil {
		graphql.AddError(ctx, err)
		return graphql.OneShot(&graphql.Response{})
	}
	if operation.Operation == ast.Mutation {
		if err := g.resolver.readTrue(ctx); err != nil {
			graphql.AddError(ctx, err)
			return graphql.OneShot(&graphql.Response{})
		}
	}
	return g.resolver.routed(operation.Operation, g.ExecutableSchema.Exec(ctx))
}

// routed lets queries read from replicas that show what this node knows, but of a viewer who has just changed something that
// it does not know yet. Mutations read from the primary, and subscriptions, whose events come from there.
func (r *Resolver) routed(operation ast.Operation, next graphql.ResponseHandler) graphql.ResponseHandler {
	if r.Replicas == nil || operation == ast.Subscription {
		return next
	}
	return func(ctx context.Context) *graphql.Response {
		viewer := auth.ViewerFromContext(ctx).ID()
		if operation != ast.Query || loaders.FromContext(ctx).StaleForViewer {
			defer r.Replicas.RecordPrimaryRead(viewer)
			return next(ctx)
		}
		ctx, answered := r.Replicas.NewReadSession(ctx, viewer, r.Log.Position())
		defer answered()
		return next(ctx)
	}
}
