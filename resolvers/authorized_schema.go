package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/resolvers/readrouting"
)

// Schema returns the executable schema: authorization, then routing of reads, then the resolvers.
func (r *Resolver) Schema() graphql.ExecutableSchema {
	schema := graph.NewExecutableSchema(graph.Config{Resolvers: r})
	if r.Replicas != nil {
		schema = readrouting.Schema{
			ExecutableSchema: schema, Replicas: r.Replicas, MinPosition: r.Log.Position,
			IsStale: func(ctx context.Context) bool { return loaders.FromContext(ctx).StaleForViewer },
		}
	}
	return authorizedSchema{schema, r}
}

// authorizedSchema authorizes each operation before a resolver runs, whichever transport it came over.
type authorizedSchema struct {
	graphql.ExecutableSchema

	resolver *Resolver
}

// Exec executes the operation if the viewer may run it.
func (s authorizedSchema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx).Operation
	if err := graph.Authorize(auth.ViewerFromContext(ctx), s.Schema(), operation); err != nil {
		return fail(ctx, err)
	}
	if operation.Operation == ast.Mutation {
		if err := s.resolver.bypassCaches(ctx); err != nil {
			return fail(ctx, err)
		}
	}
	return s.ExecutableSchema.Exec(ctx)
}

// fail returns a response with the error and without data.
func fail(ctx context.Context, err error) graphql.ResponseHandler {
	graphql.AddError(ctx, err)
	return graphql.OneShot(&graphql.Response{})
}
