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

// runMutation runs the command of the mutation that is being resolved for the viewer. The caller sets what the command locks and
// prefetches. It returns the value of f and the user errors, an empty list if there are none. The rest of the request loads the state
// after the command.
//
// inputErr is the error of parsing the input, or nil. A user error in the input is stored as the response to the idempotency key, so
// that a repeated request gets the same error even if the objects that it names have changed since.
func runMutation[T any](
	ctx context.Context, r *Resolver, c store.Command, inputErr error,
	f func(ctx context.Context, scope auth.Scope, tx *store.Tx) (T, error),
) (value T, userErrs []store.UserError, err error) {
	viewer, scope := auth.ViewerFromContext(ctx), loaders.FromContext(ctx).Scope
	request := graph.RequestedMutation(ctx)
	c.Name, c.IdempotencyKey, c.Input = request.Name, request.IdempotencyKey, request.Arguments
	if inputErr != nil {
		userErrs, err = asUserErrors(inputErr)
		if err != nil || c.IdempotencyKey == nil {
			return value, userErrs, err
		}
		c.Locks, f = nil, func(context.Context, auth.Scope, *store.Tx) (T, error) { return value, inputErr }
	}
	c.ActorID = viewer.ID()
	var emitted []store.Event
	value, err = store.Run(ctx, r.Commands, c, func(ctx context.Context, tx *store.Tx) (T, error) {
		value, err := f(ctx, scope, tx)
		emitted = tx.Emitted()
		return value, err
	})
	loaders.ReplaceInContext(ctx, r.newLoaders(ctx, scope, r.cacheAfterMutation(ctx, emitted, err)))
	if err == nil {
		return value, []store.UserError{}, nil
	}
	userErrs, err = asUserErrors(err)
	return value, userErrs, err
}

// cacheAfterMutation returns the entity cache that the rest of the request may load from, or nil for none. The cache is current if the
// command emitted events and none of them invalidates cached entities. A replayed command emits none: it may have run on another
// node. With several mutations in the operation, the next one must load current data.
func (r *Resolver) cacheAfterMutation(ctx context.Context, emitted []store.Event, err error) *loaders.EntityCache {
	invalidates := func(e store.Event) bool { return loaders.InvalidatesCache(e.Type) }
	if err != nil || len(emitted) == 0 || slices.ContainsFunc(emitted, invalidates) {
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
