package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/graph"
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
	if err := graph.Permitted(auth.ViewerFrom(ctx), g.Schema(), operation); err != nil {
		graphql.AddError(ctx, err)
		return graphql.OneShot(&graphql.Response{})
	}
	if operation.Operation == ast.Mutation {
		if err := g.resolver.readTrue(ctx); err != nil {
			graphql.AddError(ctx, err)
			return graphql.OneShot(&graphql.Response{})
		}
	}
	return g.ExecutableSchema.Exec(ctx)
}
