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

// WithMinPosition returns a context whose queries may go to any replica that has replayed all events up to a position.
func WithMinPosition(ctx context.Context, at store.Position) context.Context {
	return context.WithValue(ctx, sessionKey{}, &session{minPosition: at})
}
