package resolvers

import (
	"context"

	"aisle/auth"
	"aisle/loaders"
	"aisle/store"
)

// change runs a command for the viewer. It answers f's value and the rules that were broken, which are not nil when
// there are none. What the rest of the request reads is read after the change.
//
// wrong is what reading the input came to. A rule that it breaks is the command's answer, kept like any other: what
// comes again is answered as it was, however the things that it names have changed since.
func change[T any](
	ctx context.Context, r *Resolver, c store.Command, wrong error,
	f func(ctx context.Context, scope auth.Scope, tx *store.Tx) (T, error),
) (value T, broken []store.Error, err error) {
	viewer, scope := auth.ViewerFrom(ctx), loaders.From(ctx).Scope
	if wrong != nil {
		broken, err = userErrors(wrong)
		if err != nil || c.Key == nil {
			return value, broken, err
		}
		c.Locks, f = nil, func(context.Context, auth.Scope, *store.Tx) (T, error) { return value, wrong }
	}
	c.Actor = viewer.ID()
	value, err = store.Run(ctx, r.Commands, c, func(ctx context.Context, tx *store.Tx) (T, error) {
		return f(ctx, scope, tx)
	})
	loaders.Switch(ctx, r.fresh(ctx, scope, nil))
	if err == nil {
		return value, []store.Error{}, nil
	}
	broken, err = userErrors(err)
	return value, broken, err
}

// within gives a command loaders that read in its transaction: what an input refers to may have changed while the command
// waited for its locks.
func (r *Resolver) within(ctx context.Context, tx *store.Tx, scope auth.Scope) context.Context {
	return loaders.With(ctx, loaders.New(ctx, loaders.NewModules(tx), nil, scope, tx.Now, r.Wait))
}
