package store

import (
	"sync"

	"github.com/google/uuid"
)

// mostSightings is how many viewers are remembered.
const mostSightings = 100_000

// sightings remember who was answered last from which server: nobody is answered from one that shows less after that.
//
// Who stays with a server is safe. Who changes needs one that shows all that the primary had at the time of the last
// answer. What that was is not asked for at each answer, but once for all of an era.
type sightings struct {
	mu     sync.Mutex
	of     map[uuid.UUID]sighting
	now    *era
	others *era   // the last era in which somebody may have been answered who is not in of; nil for none
	ended  []*era // whose end is not known
	wanted bool   // somebody was answered from the primary in this era
}

// sighting is where and when a viewer was answered last.
type sighting struct {
	from *replica // nil for the primary
	in   *era
}

// era is a span of time. What was answered in it shows transactions before end alone.
type era struct{ end int64 } // 0 while it is not known

func newSightings() *sightings { return &sightings{of: map[uuid.UUID]sighting{}, now: &era{}} }

// note says that a viewer was answered just now.
func (s *sightings) note(viewer uuid.UUID, from *replica) {
	if viewer == uuid.Nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.of) >= mostSightings {
		clear(s.of)
		s.others, s.wanted = s.now, true
	}
	s.of[viewer] = sighting{from, s.now}
	s.wanted = s.wanted || from == nil
}

// needed is the transaction before which a replica must show all for a viewer; not ok while it is not known.
func (s *sightings) needed(viewer uuid.UUID, r *replica) (before int64, ok bool) {
	if viewer == uuid.Nil {
		return 0, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last, known := s.of[viewer]
	switch {
	case known && last.from == r:
		return 0, true
	case !known && s.others == nil:
		return 0, true
	case !known:
		return s.others.end, s.others.end != 0
	}
	if last.in.end == 0 && last.in == s.now {
		s.wanted = true // the viewer's replica is gone
	}
	return last.in.end, last.in.end != 0
}

// turn ends the era if its end is wanted, and says whether there is an end to ask for.
func (s *sightings) turn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wanted {
		s.ended = append(s.ended, s.now)
		s.now, s.wanted = &era{}, false
	}
	return len(s.ended) > 0
}

// turned says what the primary's transactions end before, by a look that began after turn. Who was answered in an era that
// all replicas have reached the end of is forgotten.
func (s *sightings) turned(end, reached int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.ended {
		e.end = end
	}
	s.ended = nil
	over := func(e *era) bool { return e.end != 0 && e.end <= reached }
	for viewer, last := range s.of {
		if over(last.in) {
			delete(s.of, viewer)
		}
	}
	if s.others != nil && over(s.others) {
		s.others = nil
	}
}
