package events

import (
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

const (
	maxReaderPositions = 10_000
	readerTTL          = 24 * time.Hour // forget a reader that stays away longer: it uses another node, or is gone
)

// readerLags remembers where named readers are, also after they disconnect: the lag of a partner's system grows while it is
// away.
type readerLags struct {
	mu        sync.Mutex
	positions map[string]*readerPosition // by reader, stores and types
}

// A readerPosition is how far a reader has read the events of one filter.
type readerPosition struct {
	filter Filter
	shards []uuid.UUID
	cursor *cursor // nil when the reader has no open subscription; the other fields apply then

	at          store.Position
	deliveredAt time.Time // when the newest delivered event occurred; zero if unknown
	lastSeen    time.Time
}

func newReaderLags() *readerLags { return &readerLags{positions: map[string]*readerPosition{}} }

// record replaces the reader's position for the same filter.
func (r *readerLags) record(p *readerPosition) {
	if p.filter.Reader == "" {
		return
	}
	key := fmt.Sprint(p.filter.Reader, p.filter.Stores, p.filter.Types)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.positions[key] != nil || len(r.positions) < maxReaderPositions {
		r.positions[key] = p
	}
}

// disconnect records that a subscription ended.
func (r *readerLags) disconnect(c *cursor, now time.Time) {
	if c.filter.Reader == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.positions {
		if p.cursor == c {
			p.at, p.deliveredAt = c.progress()
			p.cursor, p.lastSeen = nil, now
		}
	}
}

// undeliveredSince returns, by reader, when the oldest event occurred that the reader did not get; now for none.
func (r *readerLags) undeliveredSince(ring *ring, now time.Time) map[string]time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	oldest := map[string]time.Time{}
	for key, p := range r.positions {
		at, deliveredAt := p.at, p.deliveredAt
		if p.cursor != nil {
			at, deliveredAt = p.cursor.progress()
		} else if now.Sub(p.lastSeen) > readerTTL {
			delete(r.positions, key)
			continue
		}
		since := ring.undeliveredSince(at, deliveredAt, p.filter, p.shards, now)
		if known, ok := oldest[p.filter.Reader]; !ok || since.Before(known) {
			oldest[p.filter.Reader] = since
		}
	}
	return oldest
}
