package auth

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// Revocation says that access tokens are refused from now on although they are good: those of a session, or those of
// an employee that say another place than that which the employee has now. One of a region refuses none: the region has
// other stores now, and its managers' streams begin anew.
type Revocation struct {
	ID        uuid.UUID // of a session, an employee, a partner or a region
	ExpiresAt time.Time // after which all such tokens have expired

	// Where an employee stands now: tokens that say so are good. No role stands for nowhere: none are.
	Role     Role
	StoreID  uuid.NullUUID
	RegionID uuid.NullUUID // of a region manager
}

// refuses reports whether a token of the viewer is refused. The viewer is of the revocation's session or employee.
func (r Revocation) refuses(v Viewer) bool {
	switch {
	case r.Role == "" || r.Role != v.Role:
		return true
	case r.Role == RoleRegionManager:
		return r.RegionID != v.RegionID
	default:
		return r.Role.inStore() && r.StoreID != v.StoreID
	}
}

// RevocationList are what a node knows of them. Whoever reads them from the database adds them. It is safe for concurrent
// use, and asking it costs next to nothing.
type RevocationList struct {
	now func() time.Time

	mu       sync.RWMutex
	known    map[uuid.UUID]Revocation
	watchers map[uuid.UUID]map[*watcher]struct{} // by session, and by employee
}

// watcher is somebody who wants to know when a viewer is out.
type watcher struct {
	viewer Viewer
	out    func()
}

// NewRevocationList knows of none. now is the clock.
func NewRevocationList(now func() time.Time) *RevocationList {
	return &RevocationList{now: now, known: map[uuid.UUID]Revocation{}, watchers: map[uuid.UUID]map[*watcher]struct{}{}}
}

// Add makes revocations known: of two with the same id the later one counts. It forgets those whose time is over.
func (r *RevocationList) Add(list ...Revocation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	for id, known := range r.known {
		if now.After(known.ExpiresAt) {
			delete(r.known, id)
		}
	}
	for _, revocation := range list {
		if now.After(revocation.ExpiresAt) {
			continue
		}
		isNew := !r.known[revocation.ID].ExpiresAt.Equal(revocation.ExpiresAt) // the same may come more than once
		r.known[revocation.ID] = revocation
		for w := range r.watchers[revocation.ID] {
			// What partners and region managers see is not in their tokens: their streams begin anew, which ask what it is.
			asks := w.viewer.PartnerID != uuid.Nil || w.viewer.Role == RoleRegionManager
			if revocation.refuses(w.viewer) || isNew && asks {
				w.out()
			}
		}
	}
}

// IsRevoked reports whether the viewer is out although the token is good.
func (r *RevocationList) IsRevoked(v Viewer) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.revoked(v)
}

// revoked is Revoked for who has the lock.
func (r *RevocationList) revoked(v Viewer) bool {
	for _, id := range idsOf(v) {
		if revocation, ok := r.known[id]; ok && revocation.refuses(v) {
			return true
		}
	}
	return false
}

// Track calls out, which must not wait, when the viewer is out; at once when that is so already, and perhaps more than
// once. The caller stops it.
func (r *RevocationList) Watch(v Viewer, out func()) (stop func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.revoked(v) {
		out()
	}
	w := &watcher{v, out}
	for _, id := range idsOf(v) {
		if r.watchers[id] == nil {
			r.watchers[id] = map[*watcher]struct{}{}
		}
		r.watchers[id][w] = struct{}{}
	}
	return func() { r.unwatch(w) }
}

func (r *RevocationList) unwatch(w *watcher) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range idsOf(w.viewer) {
		delete(r.watchers[id], w)
		if len(r.watchers[id]) == 0 {
			delete(r.watchers, id)
		}
	}
}

// idsOf are those that a revocation can name the viewer by. A viewer without a session, as of a foreign issuer or a partner,
// has none of its own.
func idsOf(v Viewer) []uuid.UUID {
	ids := []uuid.UUID{v.ID()}
	if v.SessionID != uuid.Nil {
		ids = append(ids, v.SessionID)
	}
	if v.Role == RoleRegionManager {
		ids = append(ids, v.RegionID.UUID)
	}
	return ids
}
