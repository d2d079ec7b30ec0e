package events

import (
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// A ring is the buffer of a Log: it holds the newest events in memory and wakes the cursors that wait for more. All
// readers of a node share it.
type ring struct {
	maxEvents, maxBytes int

	mu     sync.RWMutex
	all    *shard               // every event
	shards map[uuid.UUID]*shard // by store, and chainShard
	newest store.Position       // the position of the newest event that was added
	start  store.Position       // where the ring began: earlier events were never in it
	bytes  int
	epoch  int // counts resets

	cursors map[*cursor]struct{}
}

func newRing(maxEvents, maxBytes int) *ring {
	return &ring{
		maxEvents: maxEvents, maxBytes: maxBytes, shards: map[uuid.UUID]*shard{}, all: newShard(store.Position{}),
		cursors: map[*cursor]struct{}{},
	}
}

// reset removes all events and starts a new epoch at a position. Cursors of earlier epochs get ErrUnknownPosition.
func (r *ring) reset(at store.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.start, r.newest, r.bytes = at, at, 0
	r.epoch++
	r.all.reset(at)
	for _, s := range r.shards {
		s.reset(at)
	}
}

// add appends events, evicts the oldest ones that exceed the limits, and wakes the cursors of the shards that got events.
// The events must be later than all others.
func (r *ring) add(batch []*Event) {
	if len(batch) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := map[*shard]struct{}{}
	for _, e := range batch {
		shards, n := r.shardsOf(e)
		for _, s := range shards[:n] {
			s.events = append(s.events, e)
			changed[s] = struct{}{}
		}
		r.bytes += e.memorySize()
	}
	r.newest = batch[len(batch)-1].Position
	for len(r.all.events) > r.maxEvents || r.bytes > r.maxBytes && len(r.all.events) > 1 {
		oldest := r.all.events[0]
		shards, n := r.shardsOf(oldest)
		for _, s := range shards[:n] {
			s.evictOldest()
		}
		r.bytes -= oldest.memorySize()
	}
	for s := range changed {
		s.wakeWaiting()
	}
}

// shardsOf returns the n shards that an event belongs to. The caller holds the lock.
func (r *ring) shardsOf(e *Event) (shards [3]*shard, n int) {
	shards[0], n = r.all, 1
	if e.StoreID.Valid {
		shards[n] = r.shard(e.StoreID.UUID)
		n++
	}
	if !e.StoreID.Valid || e.Everyone || e.RegionID.Valid {
		shards[n] = r.shard(chainShard)
		n++
	}
	return shards, n
}

// shard returns the shard with a key, which it creates if there is none. The caller holds the lock.
func (r *ring) shard(key uuid.UUID) *shard {
	s := r.shards[key]
	if s == nil {
		s = newShard(r.start)
		r.shards[key] = s
	}
	return s
}

// read returns up to limit events that the cursor has not delivered, and the position up to which they are complete.
// evicted reports that some of them may have been evicted; read the table then. A cursor of an earlier epoch gets
// ErrUnknownPosition.
func (r *ring) read(c *cursor, limit int) (batch []*Event, upTo store.Position, evicted bool, err error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if c.epoch != r.epoch {
		return nil, c.at, false, ErrUnknownPosition
	}
	found, evicted := r.find(c.at, c.shards)
	if evicted {
		return nil, c.at, true, nil
	}
	for _, e := range found {
		if len(batch) == limit {
			return batch, upTo, false, nil
		}
		if upTo = e.Position; c.filter.matches(e) {
			batch = append(batch, e)
		}
	}
	return batch, latest(c.at, r.newest), false, nil
}

// find returns the events of the shards after a position, in order; nil keys mean all events. evicted reports that one may
// no longer be in memory. The caller holds the lock.
func (r *ring) find(p store.Position, keys []uuid.UUID) (found []*Event, evicted bool) {
	if keys == nil {
		return r.all.after(p), p.Before(r.all.evicted)
	}
	nonEmpty := 0
	for _, key := range keys {
		s := r.shards[key]
		if s == nil {
			if p.Before(r.start) {
				return nil, true
			}
			continue
		}
		if p.Before(s.evicted) {
			return nil, true
		}
		if list := s.after(p); len(list) > 0 {
			nonEmpty++
			if nonEmpty == 1 {
				found = slices.Clip(list) // so that append copies
			} else {
				found = append(found, list...)
			}
		}
	}
	if nonEmpty > 1 {
		slices.SortFunc(found, func(a, b *Event) int { return a.Compare(b.Position) })
		found = slices.Compact(found) // an event may be in two shards
	}
	return found, false
}

// readAfter returns up to limit events after a position, and the position up to which they are complete. known is false
// when the ring does not reach back to the position. The position must be one of the ring's own: of an event in it, or its
// start.
func (r *ring) readAfter(p store.Position, limit int) (list []*Event, upTo store.Position, known bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	atStart := p == r.start && r.all.evicted == r.start // and nothing is evicted
	if r.epoch == 0 || !atStart && !r.all.contains(p) {
		return nil, p, false
	}
	list = r.all.after(p)
	if len(list) > limit {
		return slices.Clone(list[:limit]), list[limit-1].Position, true
	}
	return slices.Clone(list), latest(p, r.newest), true
}

// undeliveredSince returns when the oldest event after a position occurred that the filter matches; now for none. Where
// the ring does not reach back to the position, it falls back to deliveredAt, or to the oldest event in memory.
func (r *ring) undeliveredSince(at store.Position, deliveredAt time.Time, f Filter, shards []uuid.UUID, now time.Time) time.Time {
	r.mu.RLock()
	defer r.mu.RUnlock()
	found, evicted := r.find(at, shards)
	switch {
	case evicted && !deliveredAt.IsZero():
		return deliveredAt
	case evicted && len(r.all.events) > 0:
		return r.all.events[0].OccurredAt
	}
	for _, e := range found {
		if f.matches(e) {
			return e.OccurredAt
		}
	}
	return now
}

// requestCheckpoints requests a checkpoint from each subscriber.
func (r *ring) requestCheckpoints() {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for c := range r.cursors {
		c.requestCheckpoint()
	}
}

// hasCursors reports whether anybody subscribes.
func (r *ring) hasCursors() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.cursors) > 0
}

// contains reports whether the event at a position is in the ring.
func (r *ring) contains(p store.Position) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.all.contains(p)
}

// bounds returns the positions where the ring starts and ends, and its epoch.
func (r *ring) bounds() (start, end store.Position, epoch int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.start, r.newest, r.epoch
}

// register makes the ring wake a cursor when its shards get events.
func (r *ring) register(c *cursor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cursors[c] = struct{}{}
	if c.shards == nil {
		r.all.waiting[c] = struct{}{}
	}
	for _, key := range c.shards {
		r.shard(key).waiting[c] = struct{}{}
	}
}

// unregister undoes register.
func (r *ring) unregister(c *cursor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.cursors, c)
	delete(r.all.waiting, c)
	for _, key := range c.shards {
		if s := r.shards[key]; s != nil {
			delete(s.waiting, c)
		}
	}
}

func latest(p store.Position, others ...store.Position) store.Position {
	for _, other := range others {
		if p.Before(other) {
			p = other
		}
	}
	return p
}
