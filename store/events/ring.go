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
	all    *lane
	lanes  map[uuid.UUID]*lane // by the store, and chain
	newest store.Position      // of all that was put in
	begin  store.Position      // where the ring began: what was before was never in it
	bytes  int
	life   int // counts how often it began

	subscriptions map[*Subscription]struct{} // all that wait in a lane
}

// chain is the key of the lane of what is not a store's alone.
//
//nolint:gochecknoglobals // a constant
var chain = uuid.Nil

// lane is a part of the ring: its events in order, and who waits for them.
type lane struct {
	events  []*Event
	evicted store.Position // the newest event that was in the lane and is not any more
	waiting map[*Subscription]struct{}
}

func newLane(begin store.Position) *lane {
	return &lane{evicted: begin, waiting: map[*Subscription]struct{}{}}
}

func newRing(mostEvents, mostBytes int) *ring {
	return &ring{
		mostEvents: mostEvents, mostBytes: mostBytes, lanes: map[uuid.UUID]*lane{}, all: newLane(store.Position{}),
		subscriptions: map[*Subscription]struct{}{},
	}
}

// start empties the ring and says where it begins. Whoever followed an earlier life of it is told so.
func (r *ring) start(at store.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begin, r.newest, r.bytes = at, at, 0
	r.life++
	r.all.empty(at)
	for _, l := range r.lanes {
		l.empty(at)
	}
}

// lane is the lane of a store. The caller has the lock.
func (r *ring) lane(key uuid.UUID) *lane {
	l := r.lanes[key]
	if l == nil {
		l = newLane(r.begin)
		r.lanes[key] = l
	}
	return l
}

// of are the lanes that an event is in. The caller has the lock.
func (r *ring) of(e *Event) (lanes [3]*lane, n int) {
	lanes[0], n = r.all, 1
	if e.StoreID.Valid {
		lanes[n] = r.lane(e.StoreID.UUID)
		n++
	}
	if !e.StoreID.Valid || e.Everyone || e.RegionID.Valid {
		lanes[n] = r.lane(chain)
		n++
	}
	return lanes, n
}

// put adds events, which are behind all others, lets go of the oldest, and wakes those who wait for the new ones.
func (r *ring) put(batch []*Event) {
	if len(batch) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	touched := map[*lane]struct{}{}
	for _, e := range batch {
		lanes, n := r.of(e)
		for _, l := range lanes[:n] {
			l.events = append(l.events, e)
			touched[l] = struct{}{}
		}
		r.bytes += e.size()
	}
	r.newest = batch[len(batch)-1].Position
	for len(r.all.events) > r.mostEvents || r.bytes > r.mostBytes && len(r.all.events) > 1 {
		oldest := r.all.events[0]
		lanes, n := r.of(oldest)
		for _, l := range lanes[:n] {
			l.drop()
		}
		r.bytes -= oldest.size()
	}
	for l := range touched {
		l.wake()
	}
}

// drop lets go of the lane's oldest event.
func (l *lane) drop() {
	l.evicted = l.events[0].Position
	l.events[0] = nil // for the garbage collector: the array stays until append makes a new one
	l.events = l.events[1:]
}

func (l *lane) empty(begin store.Position) {
	l.events, l.evicted = nil, begin
	l.wake()
}

func (l *lane) wake() {
	for s := range l.waiting {
		s.ring()
	}
}

// after are the lane's events behind a position. They are the lane's own: see them while it is locked.
func (l *lane) after(p store.Position) []*Event {
	i, found := slices.BinarySearchFunc(l.events, p, func(e *Event, p store.Position) int { return e.Compare(p) })
	if found {
		i++
	}
	return l.events[i:]
}

// read gives what a subscription has not seen yet, limit events at most, and the position up to which that is all. It
// is behind when some of that may be in the ring no more. It answers ErrUnknownPosition to who followed an earlier life.
func (r *ring) read(s *Subscription, limit int) (batch []*Event, upTo store.Position, behind bool, err error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if s.life != r.life {
		return nil, s.at, false, ErrUnknownPosition
	}
	found, behind := r.find(s.at, s.lanes)
	if behind {
		return nil, s.at, true, nil
	}
	for _, e := range found {
		if len(batch) == limit {
			return batch, upTo, false, nil
		}
		if upTo = e.Position; s.filter.sees(e) {
			batch = append(batch, e)
		}
	}
	return batch, latest(s.at, r.newest), false, nil
}

// find are the events of the lanes behind a position, in order. The caller has the lock.
func (r *ring) find(p store.Position, keys []uuid.UUID) (found []*Event, behind bool) {
	if keys == nil {
		return r.all.after(p), p.Before(r.all.evicted)
	}
	parts := 0
	for _, key := range keys {
		l := r.lanes[key]
		if l == nil {
			if p.Before(r.begin) {
				return nil, true
			}
			continue
		}
		if p.Before(l.evicted) {
			return nil, true
		}
		if part := l.after(p); len(part) > 0 {
			parts++
			if parts == 1 {
				found = slices.Clip(part) // what is appended goes elsewhere
			} else {
				found = append(found, part...)
			}
		}
	}
	if parts > 1 {
		slices.SortFunc(found, func(a, b *Event) int { return a.Compare(b.Position) })
		found = slices.Compact(found) // one may be in two lanes
	}
	return found, false
}

// behind are the events behind a position, limit at most, and the position up to which they are all. It knows them when the ring
// reaches back to the position, which is one of its own: of an event that it has, or where it begins.
func (r *ring) behind(p store.Position, limit int) (list []*Event, upTo store.Position, known bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list = r.all.after(p)
	i := len(r.all.events) - len(list)
	here := i > 0 && r.all.events[i-1].Position == p
	if r.life == 0 || !here && (p != r.begin || p != r.all.evicted) {
		return nil, p, false
	}
	if len(list) > limit {
		return slices.Clone(list[:limit]), list[limit-1].Position, true
	}
	return slices.Clone(list), latest(p, r.newest), true
}

// followed says whether anybody follows.
func (r *ring) followed() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.subscriptions) > 0
}

func latest(p store.Position, others ...store.Position) store.Position {
	for _, other := range others {
		if p.Before(other) {
			p = other
		}
	}
	return p
}

// has says whether the event at a position is in the ring.
func (r *ring) has(p store.Position) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	behind := r.all.after(p)
	i := len(r.all.events) - len(behind)
	return i > 0 && r.all.events[i-1].Position == p
}

// reach says from where to where the ring reaches, and in which life.
func (r *ring) reach() (begin, end store.Position, life int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.begin, r.newest, r.life
}

// join makes the ring wake a subscription when there are events in its lanes.
func (r *ring) join(s *Subscription, keys []uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.subscriptions[s] = struct{}{}
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
	delete(r.subscriptions, s)
	delete(r.all.waiting, s)
	for _, key := range keys {
		if l := r.lanes[key]; l != nil {
			delete(l.waiting, s)
		}
	}
}
