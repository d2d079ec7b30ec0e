package events

import (
	"sync"

	"github.com/google/uuid"

	"aisle/store"
)

// Revisions say when something changed last: a module's rows of a store, or those of the chain. What was read when the
// node was at a position of the log or behind it is as it was then for as long as its revision is not behind that.
type Revisions struct {
	mu    sync.RWMutex
	floor store.Position // what happened up to it is not known: it may have changed anything
	of    map[part]store.Position
	epoch int // counts how often they began
}

// part is what has a revision. Without a store it is the chain's; in every store, if so.
type part struct {
	module string
	store  uuid.UUID
	any    bool
}

var _ Watcher = (*Revisions)(nil)

// NewRevisions makes revisions that know nothing yet.
func NewRevisions() *Revisions { return &Revisions{of: map[part]store.Position{}} }

// OnReset forgets all.
func (r *Revisions) OnReset(after store.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.floor = after
	clear(r.of)
	r.epoch++
}

// Epoch counts the logs that were read: it is another when the log is, as after a restore from a backup. A revision says nothing
// about what was read in an earlier life, also where it is the same.
func (r *Revisions) Epoch() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.epoch
}

// OnEvents moves the revisions of what the events are about.
func (r *Revisions) OnEvents(batch []*Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range batch {
		module := e.Type.Module()
		r.of[part{module: module, any: true}] = e.Position
		r.of[part{module: module, store: e.StoreID.UUID}] = e.Position
	}
}

// Revision is when one of the modules' rows changed last that are the chain's or one of the stores'; with nil, any store's.
func (r *Revisions) Revision(modules []string, stores []uuid.UUID) store.Position {
	r.mu.RLock()
	defer r.mu.RUnlock()
	revision := r.floor
	for _, module := range modules {
		if stores == nil {
			revision = latest(revision, r.of[part{module: module, any: true}])
			continue
		}
		revision = latest(revision, r.of[part{module: module}])
		for _, id := range stores {
			revision = latest(revision, r.of[part{module: module, store: id}])
		}
	}
	return revision
}
