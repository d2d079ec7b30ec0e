package server

import (
	"sync"

	"github.com/google/uuid"

	"aisle/auth"
)

// audience counts the subscriptions that are served, of all and of each viewer.
type audience struct {
	most, mostOfOne int

	mu  sync.Mutex
	all int
	of  map[uuid.UUID]int
}

func newAudience(l Limits) *audience {
	return &audience{most: l.NodeSubscriptions, mostOfOne: l.ViewerSubscriptions, of: map[uuid.UUID]int{}}
}

// enter counts one until it leaves. It refuses when there are as many as may be.
func (a *audience) enter(v auth.Viewer) (leave func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := a.of[v.ID()]; n >= a.mostOfOne {
		return nil, refuse(0, codeLimit, "You have %d subscriptions on this server, the limit: end one first.", n)
	}
	if a.all >= a.most {
		return nil, refuse(0, codeLimit, "This server has %d subscriptions, the limit: try again later.", a.all)
	}
	a.all++
	a.of[v.ID()]++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.all--
		a.of[v.ID()]--
		if a.of[v.ID()] == 0 {
			delete(a.of, v.ID())
		}
	}, nil
}

// Audience is how many sockets and event streams are open, and how many subscriptions are served over them.
func (s *Server) Audience() (streams, subscriptions int32) {
	s.audience.mu.Lock()
	defer s.audience.mu.Unlock()
	return int32(s.streams.count()), int32(s.audience.all) //nolint:gosec // the limits are far below
}
