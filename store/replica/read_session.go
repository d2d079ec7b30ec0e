package replica

import (
	"context"

	"github.com/google/uuid"

	"aisle/store"
)

// NewReadSession returns a context whose queries may go to a replica: to one that has replayed all events up to a position,
// and all that the viewer has seen before. Call end when the response is complete, before it is sent.
func (r *Router) NewReadSession(ctx context.Context, viewer uuid.UUID, minPosition store.Position) (_ context.Context, end func()) {
	if len(r.replicas) == 0 {
		return ctx, func() {}
	}
	s := &session{viewer: viewer, minPosition: minPosition}
	return context.WithValue(ctx, sessionKey{}, s), func() {
		switch {
		case s.usedPrimary.Load():
			r.affinity.record(viewer, source{})
		case s.usedReplica.Load():
			r.affinity.record(viewer, s.source)
		}
	}
}

// RecordPrimaryRead records that a viewer is about to see what was read from the primary. Call it when the response is
// complete, before it is sent.
func (r *Router) RecordPrimaryRead(viewer uuid.UUID) {
	if len(r.replicas) > 0 {
		r.affinity.record(viewer, source{})
	}
}
