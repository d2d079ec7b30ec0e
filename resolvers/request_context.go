package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/loaders"
	"aisle/store"
)

// PrepareRequest returns the context in which an operation of the viewer runs: with the viewer and its own loaders. If the viewer has
// written something that this node has not read from the event log yet, the loaders bypass the entity cache.
func (r *Resolver) PrepareRequest(ctx context.Context, v auth.Viewer) (context.Context, error) {
	cache := r.EntityCache
	stale := (cache != nil || r.Replicas != nil) && r.WriteTracker != nil && r.WriteTracker.HasUnreadWrite(ctx, v.ID())
	if stale {
		cache = nil
	}
	l, err := r.newViewerLoaders(ctx, v, cache)
	if err != nil {
		return nil, err
	}
	l.StaleForViewer = stale
	return loaders.NewContext(auth.WithViewer(ctx, v), l), nil
}

// Scope returns the scope of the viewer. The stores of a region may come from the entity cache.
func (r *Resolver) Scope(ctx context.Context, v auth.Viewer) (auth.Scope, error) {
	return r.viewerScope(ctx, v, r.EntityCache)
}

// ViewerIndependent returns a context for a response fragment, without the viewer's identity and with new loaders, and a recorder that
// tells whether the fragment read the identity. The loaders are new because those of the request may hold entities that only this viewer
// sees.
func (r *Resolver) ViewerIndependent(ctx context.Context) (context.Context, *auth.IdentityAccessRecorder) {
	store.DependencyRecorderFrom(ctx).AddModule("stores") // the fragment's store was loaded outside of it
	ctx, scope, recorder := auth.WithoutIdentity(ctx, loaders.FromContext(ctx).Scope)
	return loaders.NewContext(ctx, r.newLoaders(ctx, scope, r.EntityCache)), recorder
}

// switchViewer makes the rest of the request load with the scope of v, without the entity cache.
func (r *Resolver) switchViewer(ctx context.Context, v auth.Viewer) error {
	l, err := r.newViewerLoaders(ctx, v, nil)
	if err != nil {
		return err
	}
	loaders.ReplaceInContext(ctx, l)
	return nil
}

// bypassCaches makes a mutation load without the entity cache, so that it decides on current data. The scope is current already,
// except the stores of a region manager, which may come from the cache.
func (r *Resolver) bypassCaches(ctx context.Context) error {
	if r.EntityCache == nil {
		return nil
	}
	before := loaders.FromContext(ctx)
	if v := auth.ViewerFromContext(ctx); v.Role == auth.RoleRegionManager {
		if err := r.switchViewer(ctx, v); err != nil {
			return err
		}
	} else {
		loaders.ReplaceInContext(ctx, r.newLoaders(ctx, before.Scope, nil))
	}
	loaders.FromContext(ctx).StaleForViewer = before.StaleForViewer
	return nil
}

// newViewerLoaders returns new loaders with the viewer's scope. A nil cache reads everything from the database.
func (r *Resolver) newViewerLoaders(ctx context.Context, v auth.Viewer, cache *loaders.EntityCache) (*loaders.Loaders, error) {
	scope, err := r.viewerScope(ctx, v, cache)
	if err != nil {
		return nil, err
	}
	return r.newLoaders(ctx, scope, cache), nil
}

// newLoaders returns new loaders. Their Cursor is taken before anything is loaded: what they load is the state at the cursor or later,
// because the log invalidates the entity cache before it advances.
func (r *Resolver) newLoaders(ctx context.Context, scope auth.Scope, cache *loaders.EntityCache) *loaders.Loaders {
	cursor := r.Log.Position().String()
	l := loaders.New(ctx, r.Modules, cache, scope, r.Now(), r.BatchWait)
	l.Cursor = cursor
	return l
}

// viewerScope returns the viewer's scope. It may send a statement for region managers and partners, to list their stores. It returns
// auth.ErrInvalidToken for an inactive partner.
func (r *Resolver) viewerScope(ctx context.Context, v auth.Viewer, cache *loaders.EntityCache) (auth.Scope, error) {
	if v.PartnerID != uuid.Nil {
		access, err := r.Modules.Partners.GetStoreAccess(ctx, v)
		if err != nil {
			return auth.Scope{}, err
		}
		return auth.ScopeForPartner(v, access), nil
	}
	if v.Role != auth.RoleRegionManager {
		return auth.ScopeForViewer(v, nil), nil
	}
	ids, err := cache.StoresOfRegion(ctx, r.Modules, v.RegionID.UUID, r.Now())
	if err != nil {
		return auth.Scope{}, err
	}
	return auth.ScopeForViewer(v, ids), nil
}
