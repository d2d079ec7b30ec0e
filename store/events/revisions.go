package events

import (
	"sync"

	"github.com/google/uuid"

	"aisle/store"
)

// Revisions hold, for each module and store, the position of the last event. Data is current if the node's Log.Position was at
// or after that position when the data was read.
type Revisions struct {
	mu    sync.RWMutex
	floor store.Position // events up to it are unknown: they may have changed anything
	last  map[revisionKey]store.Position
	epoch int // counts resets
}

// A revisionKey identifies a module's rows of a store; of the chain without one; of any store if anyStore is set.
type revisionKey struct {
	module   string
	store    uuid.UUID
	anyStore bool
}

var _ Watcher = (*Revisions)(nil)

// NewRevisions returns Revisions that know no events yet.
func NewRevisions() *Revisions { return &Revisions{last: map[revisionKey]store.Position{}} }

// OnReset forgets all revisions and starts another epoch.
func (r *Revisions) OnReset(after store.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.floor = after
	clear(r.last)
	r.epoch++
}

// Epoch counts resets. The log can be another one afterwards, for example after a restore: equal revisions of different
// epochs say nothing about each other.
func (r *Revisions) Epoch() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.epoch
}

// OnEvents updates the revisions.
func (r *Revisions) OnEvents(batch []*Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range batch {
		module := e.Type.Module()
		r.last[revisionKey{module: module, anyStore: true}] = e.Position
		r.last[revisionKey{module: module, store: e.StoreID.UUID}] = e.Position
	}
}

// Revision returns the position of the last event of the modules that concerns the chain or one of the stores; any store if
// stores is nil.
func (r *Revisions) Revision(modules []string, stores []uuid.UUID) store.Position {
	r.mu.RLock()
	defer r.mu.RUnlock()
	revision := r.floor
	for _, module := range modules {
		if stores == nil {
			revision = latest(revision, r.last[revisionKey{module: module, anyStore: true}])
			continue
		}
		revision = latest(revision, r.last[revisionKey{module: module}])
		for _, id := range stores {
			revision = latest(revision, r.last[revisionKey{module: module, store: id}])
		}
	}
	return revision
}
