package events

import (
	"slices"

	"aisle/store"
)

// A shard is the part of the ring with the events of one store, those of the chain, or all. The ring's lock guards it.
type shard struct {
	events  []*Event       // in order
	evicted store.Position // the position of the newest event that was evicted from the shard
	waiting map[*cursor]struct{}
}

func newShard(start store.Position) *shard {
	return &shard{evicted: start, waiting: map[*cursor]struct{}{}}
}

// evictOldest removes the oldest event.
func (s *shard) evictOldest() {
	s.evicted = s.events[0].Position
	s.events[0] = nil // for the garbage collector: append reallocates the array only later
	s.events = s.events[1:]
}

// reset removes all events and wakes the waiting cursors.
func (s *shard) reset(start store.Position) {
	s.events, s.evicted = nil, start
	s.wakeWaiting()
}

func (s *shard) wakeWaiting() {
	for c := range s.waiting {
		c.notify()
	}
}

// after returns the events after a position. The slice is the shard's own: use it only while the ring is locked.
func (s *shard) after(p store.Position) []*Event {
	i, found := slices.BinarySearchFunc(s.events, p, func(e *Event, p store.Position) int { return e.Compare(p) })
	if found {
		i++
	}
	return s.events[i:]
}

// contains reports whether the event at a position is in the shard.
func (s *shard) contains(p store.Position) bool {
	i := len(s.events) - len(s.after(p))
	return i > 0 && s.events[i-1].Position == p
}
