package store

import (
	"sync"

	"github.com/google/uuid"
)

// mostSightings is how many viewers are remembered.
const mostSightings = 100_000

// sightings remember from which server a viewer was answered last: who changes to another must not see less there.
type sightings struct {
	mu     sync.Mutex
	of     map[uuid.UUID]sighting
	forgot bool // there were others, too
}

// sighting is from where somebody was answered: the zero one is the primary.
type sighting struct {
	from *replica
	life *life // in the next one the replica may show less
}

// note says that a viewer was answered just now.
func (s *sightings) note(viewer uuid.UUID, from sighting) {
	if viewer == uuid.Nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[uuid.UUID]sighting{}
	}
	if _, known := s.of[viewer]; !known && len(s.of) >= mostSightings {
		clear(s.of)
		s.forgot = true
	}
	s.of[viewer] = from
}

// stays says whether a viewer who is answered from a replica was answered from nowhere else last.
func (s *sightings) stays(viewer uuid.UUID, from sighting) bool {
	if viewer == uuid.Nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last, known := s.of[viewer]
	return known && last == from || !known && !s.forgot
}
