package events

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// A cursor is a subscriber's place in the log. Only the subscriber's goroutine moves it; Stats reads it concurrently.
type cursor struct {
	filter Filter
	shards []uuid.UUID   // the result of filter.shardKeys
	epoch  int           // the ring's epoch in which the cursor is valid
	wake   chan struct{} // has an element after events were added to one of the shards, and when a checkpoint is due

	hasSent       bool           // the client has a position
	sent          store.Position // the newest position that the client has
	checkpointDue atomic.Bool    // the client gets a checkpoint if there is no event for it

	mu          sync.Mutex
	at          store.Position // everything up to here was delivered
	deliveredAt time.Time      // when the newest delivered event occurred; zero for none
}

func newCursor(f Filter, at store.Position, epoch int) *cursor {
	return &cursor{filter: f, shards: f.shardKeys(), at: at, epoch: epoch, wake: make(chan struct{}, 1)}
}

// requestCheckpoint makes the subscriber send a checkpoint if there is no event for it. It never blocks.
func (c *cursor) requestCheckpoint() {
	c.checkpointDue.Store(true)
	c.notify()
}

// takeCheckpoint reports whether the client gets a checkpoint now: one is due, and the cursor is newer than the client's.
func (c *cursor) takeCheckpoint() bool {
	if !c.checkpointDue.Swap(false) || c.hasSent && c.at == c.sent {
		return false
	}
	c.setSent(c.at)
	return true
}

func (c *cursor) setSent(at store.Position) { c.hasSent, c.sent = true, at }

// notify wakes the subscriber. It never blocks.
func (c *cursor) notify() {
	select {
	case c.wake <- struct{}{}:
	default: // a wake-up is pending
	}
}

// advance moves the cursor past a delivered batch. upTo is the position of the batch's last event or a later one.
func (c *cursor) advance(upTo store.Position, batch []*Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = upTo
	if n := len(batch); n > 0 {
		c.deliveredAt = batch[n-1].OccurredAt
		c.setSent(batch[n-1].Position)
		c.checkpointDue.Store(false)
	}
}

// progress returns the position and the time up to which events were delivered.
func (c *cursor) progress() (at store.Position, deliveredAt time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at, c.deliveredAt
}
