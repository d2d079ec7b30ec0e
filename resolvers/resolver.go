// Package resolvers answers the fields of the schema. A resolver calls a loader or a module, and shapes the answer; who
// may ask for what the schema has said by then (guarded.go). Files that bear a module's name hold resolvers alone, because
// gqlgen rewrites them: what the mutations of the module tasks do is in tasks_writes.go, and so on. What all share has
// files of its own.
package resolvers

import (
	"context"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/loaders"
	"aisle/resolvers/readrouting"
	"aisle/sessions"
	"aisle/store"
	"aisle/store/events"
)

// Resolver is the root of all resolvers.
type Resolver struct {
	Modules      loaders.Modules
	EntityCache  *loaders.EntityCache // nil for none: all is read where it is true
	Commands     *store.CommandRunner
	Log          *events.Log
	WriteTracker *events.WriteTracker // nil for a node that is alone and keeps nothing
	Replicas     readrouting.Replicas // nil if all is read from the primary
	Sessions     *sessions.Service
	Status       SystemStatus
	BatchWait    time.Duration // how long loaders wait for more keys
	Now          func() time.Time
}

// PrepareRequest gives a request's context what resolvers need of it: the viewer's scope, in loaders that nobody else uses. Who has just
// changed something that this node has not read in the log yet reads nothing that is kept.
func (r *Resolver) PrepareRequest(ctx context.Context, v auth.Viewer) (context.Context, error) {
	hot := r.EntityCache
	behind := (hot != nil || r.Replicas != nil) && r.WriteTracker != nil && r.WriteTracker.HasUnreadWrite(ctx, v.ID())
	if behind {
		hot = nil
	}
	l, err := r.newViewerLoaders(ctx, v, hot)
	if err != nil {
		return nil, err
	}
	l.StaleForViewer = behind
	return loaders.NewContext(auth.WithViewer(ctx, v), l), nil
}

// Scope is what an employee sees, as the caches have it.
func (r *Resolver) Scope(ctx context.Context, v auth.Viewer) (auth.Scope, error) {
	return r.viewerScope(ctx, v, r.EntityCache)
}

// ViewerIndependent gives a part of a query loaders that have read nothing yet, and notes whether anybody looks at who asks: what was read
// before may be there because of that.
func (r *Resolver) ViewerIndependent(ctx context.Context) (context.Context, *auth.IdentityAccessRecorder) {
	store.DependencyRecorderFrom(ctx).AddModule("stores") // the part is a store's, which was read before
	looked := &auth.IdentityAccessRecorder{}
	ctx, scope := looked.Track(ctx, loaders.FromContext(ctx).Scope)
	return loaders.NewContext(ctx, r.newLoaders(ctx, scope, r.EntityCache)), looked
}

// switchViewer makes the rest of the request another viewer's, who sees what is true and not what is kept.
func (r *Resolver) switchViewer(ctx context.Context, v auth.Viewer) error {
	l, err := r.newViewerLoaders(ctx, v, nil)
	if err != nil {
		return err
	}
	loaders.ReplaceInContext(ctx, l)
	return nil
}

// bypassCaches makes a mutation read nothing that is kept: what it decides by is true. Of what the viewer sees
// only a region manager's stores were kept.
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

// newViewerLoaders makes a viewer's loaders, which read what is hot from the node's caches; with nil nothing.
func (r *Resolver) newViewerLoaders(ctx context.Context, v auth.Viewer, hot *loaders.EntityCache) (*loaders.Loaders, error) {
	scope, err := r.viewerScope(ctx, v, hot)
	if err != nil {
		return nil, err
	}
	return r.newLoaders(ctx, scope, hot), nil
}

// fresh makes loaders that have read nothing yet. What they read is as it was at their place in the log, or later: the caches
// are told of what happened before anybody can be at that place.
func (r *Resolver) newLoaders(ctx context.Context, scope auth.Scope, hot *loaders.EntityCache) *loaders.Loaders {
	cursor := r.Log.Position().String()
	l := loaders.New(ctx, r.Modules, hot, scope, r.Now(), r.BatchWait)
	l.Cursor = cursor
	return l
}

// viewerScope is what the viewer sees. Only a region manager's and a partner's may cost a statement: the list of their stores. It
// answers an auth.ErrInvalidToken for a partner that was switched off.
func (r *Resolver) viewerScope(ctx context.Context, v auth.Viewer, hot *loaders.EntityCache) (auth.Scope, error) {
	if v.PartnerID != uuid.Nil {
		reach, err := r.Modules.Partners.GetStoreAccess(ctx, v)
		if err != nil {
			return auth.Scope{}, err
		}
		return auth.ScopeForPartner(v, reach), nil
	}
	if v.Role != auth.RoleRegionManager {
		return auth.ScopeForViewer(v, nil), nil
	}
	ids, err := hot.StoresOfRegion(ctx, r.Modules, v.RegionID.UUID, r.Now())
	if err != nil {
		return auth.Scope{}, err
	}
	return auth.ScopeForViewer(v, ids), nil
}
