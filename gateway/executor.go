package gateway

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/gateway/apierror"
)

// newExecutor returns gqlgen's executor. It coerces variables and runs resolvers; parsing and authorization are steps of the pipeline.
func newExecutor(schema graphql.ExecutableSchema, errors *apierror.Presenter) *executor.Executor {
	e := executor.New(schema)
	e.SetQueryCache(contextQueryCache{})
	e.SetErrorPresenter(errors.Present)
	e.SetRecoverFunc(func(_ context.Context, value any) error { return apierror.Recovered(value) })
	return e
}

type documentKey struct{}

// contextQueryCache gives gqlgen the document in the context instead of parsing it.
type contextQueryCache struct{}

var _ graphql.Cache[*ast.QueryDocument] = contextQueryCache{}

// Get always finds the document.
func (contextQueryCache) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	document, ok := ctx.Value(documentKey{}).(*ast.QueryDocument)
	return document, ok
}

// Add is never called.
func (contextQueryCache) Add(context.Context, string, *ast.QueryDocument) {}
