package resolvers

// gqlgen adds what is missing here when the schema grows. It keeps the resolvers and moves everything else out: helpers
// live in other files.

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/stores"
)

func (r *mutationResolver) SignIn(ctx context.Context, input graph.SignInInput) (*graph.SignInPayload, error) {
	session, viewer, err := r.Sessions.signIn(ctx, input.Login, input.Password)
	if err != nil {
		errs, fault := userErrors(err)
		return &graph.SignInPayload{UserErrors: errs}, fault
	}
	if err := r.become(ctx, viewer); err != nil {
		return nil, err
	}
	shown, err := r.viewer(ctx, viewer)
	return &graph.SignInPayload{Session: session, Viewer: shown, UserErrors: []store.Error{}}, err
}

func (r *mutationResolver) RefreshSession(ctx context.Context, input graph.RefreshSessionInput) (*graph.RefreshSessionPayload, error) {
	session, err := r.Sessions.refresh(ctx, input.RefreshToken)
	if err != nil {
		errs, fault := userErrors(err)
		return &graph.RefreshSessionPayload{UserErrors: errs}, fault
	}
	return &graph.RefreshSessionPayload{Session: session, UserErrors: []store.Error{}}, nil
}

func (r *mutationResolver) SignOut(ctx context.Context) (*graph.SignOutPayload, error) {
	ended, err := r.Sessions.signOut(ctx, auth.ViewerFrom(ctx))
	if err != nil {
		return nil, err
	}
	return &graph.SignOutPayload{SignedOut: ended}, nil
}

func (r *viewerResolver) Store(ctx context.Context, objs []*graph.Viewer) ([]*stores.Snapshot, error) {
	return loaders.EachOptional(ctx, loaders.From(ctx).Stores.Stores, objs,
		func(v *graph.Viewer) uuid.NullUUID { return v.StoreID })
}

func (r *viewerResolver) Region(ctx context.Context, objs []*graph.Viewer) ([]*stores.Region, error) {
	return loaders.EachOptional(ctx, loaders.From(ctx).Stores.Regions, objs,
		func(v *graph.Viewer) uuid.NullUUID { return v.RegionID })
}

func (r *Resolver) Viewer() graph.ViewerResolver { return &viewerResolver{r} }

type viewerResolver struct{ *Resolver }
