package replica

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"aisle/store"
)

// A session is the reads of one operation, or of one batch of a cache. All of them use the same replica, so that a response
// shows one state.
type session struct {
	viewer      uuid.UUID // uuid.Nil for none
	minPosition store.Position
	once        sync.Once
	source      source
	usedReplica atomic.Bool
	usedPrimary atomic.Bool // from then on, all reads of the session go to the primary
}

type sessionKey struct{}

func sessionFrom(ctx context.Context) *session {
	s, _ := ctx.Value(sessionKey{}).(*session)
	return s
}

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

// WithMinPosition returns a context whose queries may go to any replica that has replayed all events up to a position.
func WithMinPosition(ctx context.Context, at store.Position) context.Context {
	return context.WithValue(ctx, sessionKey{}, &session{minPosition: at})
}

// choose returns the replica of the session. It is false when the primary must answer.
func (s *session) choose(ctx context.Context, r *Router) (source, bool) {
	s.once.Do(func() { s.source, _ = r.choose(ctx, s.viewer, s.minPosition) })
	if s.source.replica == nil || s.usedPrimary.Load() {
		s.usedPrimary.Store(true)
		return source{}, false
	}
	s.usedReplica.Store(true)
	return s.source, true
}
