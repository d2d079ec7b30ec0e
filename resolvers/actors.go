package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/graph"
	"aisle/loaders"
)

// loadActors loads who made each change: an employee or a partner. Ids do not tell which, so it looks for an employee first. The actor is
// nil for a null id, which is the system, and for one that the viewer may not see.
func loadActors[T any](ctx context.Context, objs []*T, actorID func(*T) uuid.NullUUID) ([]graph.Actor, error) {
	l := loaders.FromContext(ctx)
	employees, err := loaders.LoadEachOptional(ctx, l.Staff().Employees, objs, actorID)
	if err != nil {
		return nil, err
	}
	actors := make([]graph.Actor, len(objs))
	isEmployee := make(map[*T]bool, len(objs))
	for i, employee := range employees {
		if employee != nil {
			actors[i], isEmployee[objs[i]] = employee, true
		}
	}
	partners, err := loaders.LoadEachOptional(ctx, l.Partners().Partners, objs, func(t *T) uuid.NullUUID {
		id := actorID(t)
		id.Valid = id.Valid && !isEmployee[t]
		return id
	})
	for i, partner := range partners {
		if partner != nil {
			actors[i] = partner
		}
	}
	return actors, err
}
