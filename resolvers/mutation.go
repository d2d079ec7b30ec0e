package resolvers

import (
	"context"
	"errors"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/loaders"
	"aisle/store"
)

// change runs a command for the viewer. It answers f's value and the rules that were broken, which are not nil when
// there are none. What the rest of the request reads is as it was after the change.
//
// wrong is what reading the input came to. A rule that it breaks is the command's answer, kept like any other: what
// comes again is answered as it was, however the things that it names have changed since.
func runMutation[T any](
	ctx context.Context, r *Resolver, c store.Command, inputErr error,
	f func(ctx context.Context, scope auth.Scope, tx *store.Tx) (T, error),
) (value T, userErrs []store.UserError, err error) {
	viewer, scope := auth.ViewerFromContext(ctx), loaders.FromContext(ctx).Scope
	if inputErr != nil {
		userErrs, err = asUserErrors(inputErr)
		if err != nil || c.IdempotencyKey == nil {
			return value, userErrs, err
		}
		c.Locks, f = nil, func(context.Context, auth.Scope, *store.Tx) (T, error) { return value, inputErr }
	}
	c.ActorID = viewer.ID()
	var told []store.Event
	value, err = store.Run(ctx, r.Commands, c, func(ctx context.Context, tx *store.Tx) (T, error) {
		value, err := f(ctx, scope, tx)
		told = tx.Emitted()
		return value, err
	})
	loaders.ReplaceInContext(ctx, r.newLoaders(ctx, scope, r.cacheAfterMutation(ctx, told, err)))
	if err == nil {
		return value, []store.UserError{}, nil
	}
	userErrs, err = asUserErrors(err)
	return value, userErrs, err
}

// cacheAfterMutation is what the rest of a request may read from memory after a command: all that is hot when the command has changed
// nothing of that, and nothing is to be decided any more. Otherwise nothing: the viewer sees what the command did, and so
// does another command of the same operation. What an answer that was kept tells of may have happened on another node.
func (r *Resolver) cacheAfterMutation(ctx context.Context, told []store.Event, err error) *loaders.EntityCache {
	if err != nil || len(told) == 0 || slices.ContainsFunc(told, func(e store.Event) bool { return loaders.InvalidatesCache(e.Type) }) {
		return nil
	}
	fields := graphql.GetOperationContext(ctx).Operation.SelectionSet
	if _, one := fields[0].(*ast.Field); len(fields) > 1 || !one || loaders.FromContext(ctx).StaleForViewer {
		return nil
	}
	return r.EntityCache
}

// withTxLoaders gives a command loaders that read in its transaction: what an input refers to may have changed while the command
// waited for its locks.
func (r *Resolver) withTxLoaders(ctx context.Context, tx *store.Tx, scope auth.Scope) context.Context {
	return loaders.NewContext(ctx, loaders.New(ctx, loaders.NewModules(tx), nil, scope, tx.Now, r.BatchWait))
}

// asUserErrors returns a *store.UserError as the list of a payload. It returns any other error as an error.
func asUserErrors(err error) ([]store.UserError, error) {
	if userErr, ok := errors.AsType[*store.UserError](err); ok {
		return []store.UserError{*userErr}, nil
	}
	return nil, err
}
