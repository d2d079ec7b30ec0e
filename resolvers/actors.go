package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
)

// loadActors loads who made each change: an employee or a partner. Ids do not tell which, so it looks for an employee first. The actor is
// nil for a null id, which is the system, and for one that the viewer may not see. graph.Authorize does not check the types of a union
// of which the operation selects no fields, so loadActors checks their permissions.
func loadActors[T any](ctx context.Context, objs []*T, actorID func(*T) uuid.NullUUID) ([]graph.Actor, error) {
	l, v := loaders.FromContext(ctx), auth.ViewerFromContext(ctx)
	found := make([]graph.Actor, len(objs))
	if v.Can(auth.PermissionStaffRead) {
		if err := fillActors(ctx, l.Staff().Employees, objs, actorID, found); err != nil {
			return nil, err
		}
	}
	if v.Can(auth.PermissionSystemManage) {
		if err := fillActors(ctx, l.Partners().Partners, objs, actorID, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// fillActors loads with a loader the actors that are not found yet.
func fillActors[T, A any, P interface {
	*A
	graph.Actor
}](ctx context.Context, l *loaders.Loader[uuid.UUID, *A], objs []*T, actorID func(*T) uuid.NullUUID, found []graph.Actor) error {
	isFound := make(map[*T]bool, len(objs))
	for i, obj := range objs {
		isFound[obj] = found[i] != nil
	}
	rows, err := loaders.LoadEachOptional(ctx, l, objs, func(obj *T) uuid.NullUUID {
		id := actorID(obj)
		id.Valid = id.Valid && !isFound[obj]
		return id
	})
	for i, row := range rows {
		if row != nil {
			found[i] = P(row)
		}
	}
	return err
}
