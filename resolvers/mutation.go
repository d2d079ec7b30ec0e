package resolvers

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
)

// runMutation runs the command of the mutation that is being resolved. The caller sets what the command locks and prefetches, inputErr
// is the error of parsing the input, or nil. It returns the value of f and the user errors, an empty list if there are none. The rest
// of the request loads the state after the command.
func runMutation[T any](
	ctx context.Context, r *Resolver, c store.Command, inputErr error,
	f func(ctx context.Context, scope auth.Scope, tx *store.Tx) (T, error),
) (T, []store.UserError, error) {
	scope, request := loaders.FromContext(ctx).Scope, graph.RequestedMutation(ctx)
	c.Name, c.IdempotencyKey, c.Input = request.Name, request.IdempotencyKey, request.Arguments
	c.ActorID, c.InputError = auth.ViewerFromContext(ctx).ID(), inputErr
	result, err := store.Execute(ctx, r.Commands, c, func(ctx context.Context, tx *store.Tx) (T, error) { return f(ctx, scope, tx) })
	loaders.ReplaceInContext(ctx, r.newLoaders(ctx, scope, r.cacheAfterMutation(ctx, result.Events)))
	if result.UserError != nil {
		return result.Value, []store.UserError{*result.UserError}, err
	}
	return result.Value, []store.UserError{}, err
}

// cacheAfterMutation returns the entity cache that the rest of the request may load from, or nil for none. The cache is current if the
// command emitted events and none of them invalidates cached entities. A replayed command emits none: it may have run on another
// node. With several mutations in the operation, the next one must load current data.
func (r *Resolver) cacheAfterMutation(ctx context.Context, emitted []store.Event) *loaders.EntityCache {
	invalidates := func(e store.Event) bool { return loaders.InvalidatesCache(e.Type) }
	if len(emitted) == 0 || slices.ContainsFunc(emitted, invalidates) {
		return nil
	}
	fields := graphql.GetOperationContext(ctx).Operation.SelectionSet
	if _, isField := fields[0].(*ast.Field); len(fields) > 1 || !isField || loaders.FromContext(ctx).StaleForViewer {
		return nil
	}
	return r.EntityCache
}

// withTxLoaders returns a context whose loaders read in the transaction of a command: the objects that an input refers to may have
// changed while the command waited for its locks.
func (r *Resolver) withTxLoaders(ctx context.Context, tx *store.Tx, scope auth.Scope) context.Context {
	return loaders.NewContext(ctx, loaders.New(ctx, loaders.NewModules(tx), nil, scope, tx.Now, r.BatchWait))
}
