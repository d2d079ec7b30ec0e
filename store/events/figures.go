package events

import (
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// Stats say how far this node is behind the log, and those who read it here.
type Stats struct {
	Lag                                   time.Duration            // since the node knew last that it has read all, or since it began
	Events, Bytes                         int                      // in memory
	OldestAge                             time.Duration            // how long ago the oldest of them happened; 0 for none
	CaughtUp, ReadingMemory, ReadingTable int                      // subscriptions that have all, have some in memory to read, and read the table
	ReaderLags                            map[string]time.Duration // by Filter.Reader: how long ago the oldest event happened that it was not given
}

// Stats are those of now.
func (l *Log) Stats() Stats {
	now := l.config.Now()
	known := l.CaughtUpAt()
	if known.Before(l.made) {
		known = l.made
	}
	f := Stats{Lag: now.Sub(known), ReaderLags: map[string]time.Duration{}}
	for reader, oldest := range l.readers.missing(l.ring, now) {
		f.ReaderLags[reader] = max(0, now.Sub(oldest))
	}
	r := l.ring
	r.mu.RLock()
	defer r.mu.RUnlock()
	f.Events, f.Bytes = len(r.all.events), r.bytes
	if f.Events > 0 {
		f.OldestAge = now.Sub(r.all.events[0].OccurredAt)
	}
	for s := range r.subscriptions {
		switch found, behind := r.find(s.place(), s.lanes); {
		case behind:
			f.ReadingTable++
		case len(found) > 0:
			f.ReadingMemory++
		default:
			f.CaughtUp++
		}
	}
	return f
}

// readers remember where those are whose lag is a figure, also when they are gone: a partner's system that does not come
// back is the one that falls behind.
type readers struct {
	mu     sync.Mutex
	places map[string]*reading
}

// reading is how far a reader has been given what a filter lets through.
type reading struct {
	reader string
	filter Filter
	lanes  []uuid.UUID
	open   *Subscription // nil for none

	// When there is none:
	at    store.Position
	given time.Time // when the newest event happened that was given; zero for unknown
	left  time.Time // when it was here last
}

const (
	mostReadings = 10_000
	forgotAfter  = 24 * time.Hour // who does not come back in that time has another node, or is no more
)

func newReaders() *readers { return &readers{places: map[string]*reading{}} }

// put notes a place, in the stead of the reader's last one of the same kind.
func (r *readers) put(p *reading) {
	if p.filter.Reader == "" {
		return
	}
	p.reader = p.filter.Reader
	key := fmt.Sprint(p.reader, p.filter.Stores, p.filter.Types)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.places[key] != nil || len(r.places) < mostReadings {
		r.places[key] = p
	}
}

// leave notes that a subscription ends.
func (r *readers) leave(s *Subscription, now time.Time) {
	if s.filter.Reader == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.places {
		if p.open == s {
			p.open, p.at, p.given, p.left = nil, s.place(), s.lastGiven(), now
		}
	}
}

// missing is when the oldest event happened that each reader was not given; now for none.
func (r *readers) missing(ring *ring, now time.Time) map[string]time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	oldest := map[string]time.Time{}
	for key, p := range r.places {
		at, given := p.at, p.given
		if p.open != nil {
			at, given = p.open.place(), p.open.lastGiven()
		} else if now.Sub(p.left) > forgotAfter {
			delete(r.places, key)
			continue
		}
		since := ring.since(at, given, p, now)
		if known, ok := oldest[p.reader]; !ok || since.Before(known) {
			oldest[p.reader] = since
		}
	}
	return oldest
}

// since is when the first event happened behind a position that the place's filter lets through; now for none. Where memory
// does not reach back to the position, it is when the last event happened that was given, or else the oldest in memory.
func (r *ring) since(at store.Position, given time.Time, p *reading, now time.Time) time.Time {
	r.mu.RLock()
	defer r.mu.RUnlock()
	found, behind := r.find(at, p.lanes)
	switch {
	case behind && !given.IsZero():
		return given
	case behind && len(r.all.events) > 0:
		return r.all.events[0].OccurredAt
	}
	for _, e := range found {
		if p.filter.sees(e) {
			return e.OccurredAt
		}
	}
	return now
}
