package store

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
)

// reading is what one operation reads, or one batch of a cache.
type reading struct {
	viewer uuid.UUID // for whom; uuid.Nil for nobody in particular
	at     Position  // what happened up to there must be shown
	once   sync.Once
	from   *replica // nil for the primary
	life   *life
	used   atomic.Bool
	left   atomic.Bool // something was read from the primary, and so is what follows
}

type readingKey struct{}

// NewReadSession returns a context whose statements of Spread may be sent to a replica: to one that shows all that happened up to
// a position, and all that the viewer was shown before. Call answered when the answer is made, before it is given.
func (p *Pool) NewReadSession(ctx context.Context, viewer uuid.UUID, at Position) (_ context.Context, answered func()) {
	if len(p.replicas.all) == 0 {
		return ctx, func() {}
	}
	g := &reading{viewer: viewer, at: at}
	return context.WithValue(ctx, readingKey{}, g), func() {
		switch {
		case g.left.Load():
			p.replicas.seen.note(viewer, sighting{})
		case g.used.Load():
			p.replicas.seen.note(viewer, sighting{g.from, g.life})
		}
	}
}

// RecordPrimaryRead says that a viewer is shown what was read from the primary. Call it when the answer is made, before it is given.
func (p *Pool) RecordPrimaryRead(viewer uuid.UUID) {
	if len(p.replicas.all) > 0 {
		p.replicas.seen.note(viewer, sighting{})
	}
}

// WithMinPosition returns a context whose statements of Spread may be sent to any replica that shows all that happened up to a position.
func WithMinPosition(ctx context.Context, at Position) context.Context {
	return context.WithValue(ctx, readingKey{}, &reading{at: at})
}

// source is the replica for a statement; nil for the primary. It is chosen once for all of a reading, so that an answer is
// of one piece.
func (g *reading) source(ctx context.Context, s *replicas) *replica {
	g.once.Do(func() { g.from, g.life = s.choose(ctx, g.viewer, g.at) })
	if g.from == nil || g.left.Load() {
		g.left.Store(true)
		return nil
	}
	g.used.Store(true)
	return g.from
}
