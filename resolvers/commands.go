package resolvers

import (
	"context"

	"aisle/auth"
	"aisle/loaders"
	"aisle/store"
)

// change runs a command for the viewer, who must have the permission. It answers f's value and the rules that were
// broken, which are not nil when there are none. What the rest of the request reads is read after the change.
func change[T any](
	ctx context.Context, r *Resolver, p auth.Permission, c store.Command,
	f func(ctx context.Context, scope auth.Scope, tx *store.Tx) (T, error),
) (T, []store.Error, error) {
	viewer, scope := auth.ViewerFrom(ctx), loaders.From(ctx).Scope
	if !viewer.Can(p) {
		var none T
		return none, nil, auth.ErrForbidden
	}
	c.Actor = viewer.EmployeeID
	value, err := store.Run(ctx, r.Commands, c, func(ctx context.Context, tx *store.Tx) (T, error) {
		return f(ctx, scope, tx)
	})
	loaders.Switch(ctx, r.fresh(scope))
	if err == nil {
		return value, []store.Error{}, nil
	}
	broken, fault := userErrors(err)
	return value, broken, fault
}
