package replica

import (
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"
)

// maxViewers bounds the viewers whose last source is remembered.
const maxViewers = 100_000

// A source is where a read was answered: an epoch of a replica. The zero source is the primary.
type source struct {
	replica *replica
	epoch   *epoch
}

// An affinity remembers where each viewer was last answered. A viewer that changes to another server must not see less there.
type affinity struct {
	last    *otter.Cache[uuid.UUID, source]
	evicted atomic.Bool // from then on a viewer that is not in last may have been answered anywhere
}

func newAffinity() *affinity {
	a := &affinity{}
	a.last = otter.Must(&otter.Options[uuid.UUID, source]{
		MaximumSize: maxViewers,
		Executor:    func(f func()) { f() },
		OnAtomicDeletion: func(e otter.DeletionEvent[uuid.UUID, source]) {
			if e.WasEvicted() {
				a.evicted.Store(true)
			}
		},
	})
	return a
}

// record remembers where a viewer has just been answered. uuid.Nil is no viewer.
func (a *affinity) record(viewer uuid.UUID, from source) {
	if viewer != uuid.Nil {
		a.last.Set(viewer, from)
	}
}

// wasLast reports whether the viewer's last read was answered by this source, or was never answered before.
func (a *affinity) wasLast(viewer uuid.UUID, from source) bool {
	if viewer == uuid.Nil {
		return true
	}
	last, known := a.last.GetIfPresent(viewer)
	return known && last == from || !known && !a.evicted.Load()
}
