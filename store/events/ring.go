package events

import (
	"slices"
	"sync"

	"github.com/google/uuid"

	"aisle/store"
)

// ring has the newest events in memory, and wakes those who wait for more. It is the same for all who read it: a
// subscriber is only a position.
type ring struct {
	mostEvents, mostBytes int

	mu     sync.RWMutex
	all    lane
	lanes  map[uuid.UUID]*lane // by the store; uuid.Nil has the chain's
	newest store.Position      // of all that was put in
	begin  store.Position      // where the ring began: what was before was never in it
	bytes  int
}

// lane is a part of the ring: its events in order, and who waits for them.
type lane struct {
	events  []*Event
	evicted store.Position // the newest event that was in the lane and is not any more
	waiting map[*Subscription]struct{}
}

func newRing(mostEvents, mostBytes int) *ring {
	return &ring{mostEvents: mostEvents, mostBytes: mostBytes, lanes: map[uuid.UUID]*lane{}, all: lane{waiting: map[*Subscription]struct{}{}}}
}

// start says where the ring begins. It is called once, before anything else.
func (r *ring) start(at store.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begin, r.newest, r.all.evicted = at, at, at
}

// lane is the lane of a store. The caller has the lock.
func (r *ring) lane(key uuid.UUID) *lane {
	l := r.lanes[key]
	if l == nil {
		l = &lane{evicted: r.begin, waiting: map[*Subscription]struct{}{}}
		r.lanes[key] = l
	}
	return l
}

// put adds events, which are behind all others, lets go of the oldest, and wakes those who wait for the new ones.
func (r *ring) put(batch []*Event) {
	if len(batch) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	touched := map[*lane]struct{}{&r.all: {}}
	for _, e := range batch {
		of := r.lane(e.StoreID.UUID)
		of.events, r.all.events = append(of.events, e), append(r.all.events, e)
		r.bytes += e.size()
		touched[of] = struct{}{}
	}
	r.newest = batch[len(batch)-1].Position
	for len(r.all.events) > r.mostEvents || r.bytes > r.mostBytes && len(r.all.events) > 1 {
		oldest := r.all.drop()
		r.lanes[oldest.StoreID.UUID].drop()
		r.bytes -= oldest.size()
	}
	for l := range touched {
		for s := range l.waiting {
			s.ring()
		}
	}
}

// drop lets go of the lane's oldest event.
func (l *lane) drop() *Event {
	oldest := l.events[0]
	l.events[0] = nil // for the garbage collector: the array stays until append makes a new one
	l.events = l.events[1:]
	l.evicted = oldest.Position
	return oldest
}

// after are the lane's events behind a position.
func (l *lane) after(p store.Position) []*Event {
	i, found := slices.BinarySearchFunc(l.events, p, func(e *Event, p store.Position) int { return e.Position.Compare(p) })
	if found {
		i++
	}
	return l.events[i:]
}

// read gives what the filter lets through behind a position, limit events at most, and the position up to which that
// is all. It is behind when events that the filter may let through are not in the ring any more.
func (r *ring) read(p store.Position, f Filter, keys []uuid.UUID, limit int) (batch []*Event, upTo store.Position, behind bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var found []*Event
	if keys == nil {
		if p.Before(r.all.evicted) {
			return nil, p, true
		}
		found = r.all.after(p)
	}
	for _, key := range keys {
		l := r.lanes[key]
		if l == nil {
			if p.Before(r.begin) {
				return nil, p, true
			}
			continue
		}
		if p.Before(l.evicted) {
			return nil, p, true
		}
		found = append(found, l.after(p)...)
	}
	if len(keys) > 1 {
		slices.SortFunc(found, func(a, b *Event) int { return a.Position.Compare(b.Position) })
	}
	for _, e := range found {
		if len(batch) == limit {
			return batch, upTo, false
		}
		if upTo = e.Position; f.sees(e) {
			batch = append(batch, e)
		}
	}
	if upTo.Before(r.newest) {
		upTo = r.newest
	}
	if upTo.Before(p) { // the position is ahead of this node
		upTo = p
	}
	return batch, upTo, false
}

// end is behind the newest event.
func (r *ring) end() store.Position {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.newest
}

// join makes the ring wake a subscription when there are events in its lanes.
func (r *ring) join(s *Subscription, keys []uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if keys == nil {
		r.all.waiting[s] = struct{}{}
	}
	for _, key := range keys {
		r.lane(key).waiting[s] = struct{}{}
	}
}

// leave undoes join.
func (r *ring) leave(s *Subscription, keys []uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all.waiting, s)
	for _, key := range keys {
		if l := r.lanes[key]; l != nil {
			delete(l.waiting, s)
		}
	}
}
