package auth

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// Revocation revokes access tokens that have not expired: those of a session, or those of an employee whose role, store or region
// differ from the current ones. A revocation of a region revokes no tokens: the region has other stores now, and the subscriptions of
// its managers must restart.
type Revocation struct {
	ID        uuid.UUID // of a session, employee, partner or region
	ExpiresAt time.Time // all such tokens have expired by then

	// The employee's current role, store and region: tokens with the same values stay valid. An empty Role revokes all tokens.
	Role     Role
	StoreID  uuid.NullUUID
	RegionID uuid.NullUUID // of a region manager
}

// revokes reports whether a token of the viewer is revoked. The viewer has the session or employee of the revocation.
func (r Revocation) revokes(v Viewer) bool {
	switch {
	case r.Role == "" || r.Role != v.Role:
		return true
	case r.Role == RoleRegionManager:
		return r.RegionID != v.RegionID
	default:
		return r.Role.inStore() && r.StoreID != v.StoreID
	}
}

// RevocationList holds the revocations that a node knows. A poller adds them from the database. It is safe for concurrent use, and
// lookups are cheap.
type RevocationList struct {
	now func() time.Time

	mu       sync.RWMutex
	byID     map[uuid.UUID]Revocation
	watchers map[uuid.UUID]map[*watcher]struct{} // by session, employee, partner and region
}

// watcher is a caller of Watch.
type watcher struct {
	viewer    Viewer
	onRevoked func()
}

// NewRevocationList returns an empty list. now is the clock.
func NewRevocationList(now func() time.Time) *RevocationList {
	return &RevocationList{now: now, byID: map[uuid.UUID]Revocation{}, watchers: map[uuid.UUID]map[*watcher]struct{}{}}
}

// Add adds revocations. A revocation replaces an earlier one with the same id. Add removes expired revocations.
func (r *RevocationList) Add(list ...Revocation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	for id, revocation := range r.byID {
		if now.After(revocation.ExpiresAt) {
			delete(r.byID, id)
		}
	}
	for _, revocation := range list {
		if now.After(revocation.ExpiresAt) {
			continue
		}
		isNew := !r.byID[revocation.ID].ExpiresAt.Equal(revocation.ExpiresAt) // the poller may add the same one again
		r.byID[revocation.ID] = revocation
		for w := range r.watchers[revocation.ID] {
			// The stores of partners and region managers are not in their tokens: their subscriptions restart to load them.
			loadsScope := w.viewer.PartnerID != uuid.Nil || w.viewer.Role == RoleRegionManager
			if revocation.revokes(w.viewer) || isNew && loadsScope {
				w.onRevoked()
			}
		}
	}
}

// IsRevoked reports whether the viewer's token is revoked.
func (r *RevocationList) IsRevoked(v Viewer) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.isRevoked(v)
}

// isRevoked is IsRevoked for a caller that holds the lock.
func (r *RevocationList) isRevoked(v Viewer) bool {
	for _, id := range revocationIDs(v) {
		if revocation, ok := r.byID[id]; ok && revocation.revokes(v) {
			return true
		}
	}
	return false
}

// Watch calls onRevoked when the viewer's token is revoked, at once if it already is, and possibly more than once. onRevoked must not
// block. The caller must call stop.
func (r *RevocationList) Watch(v Viewer, onRevoked func()) (stop func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.isRevoked(v) {
		onRevoked()
	}
	w := &watcher{v, onRevoked}
	for _, id := range revocationIDs(v) {
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
	for _, id := range revocationIDs(w.viewer) {
		delete(r.watchers[id], w)
		if len(r.watchers[id]) == 0 {
			delete(r.watchers, id)
		}
	}
}

// revocationIDs returns the ids by which a revocation can name the viewer: of the employee or partner, of the session, if there is one,
// and of a region manager's region.
func revocationIDs(v Viewer) []uuid.UUID {
	ids := []uuid.UUID{v.ID()}
	if v.SessionID != uuid.Nil {
		ids = append(ids, v.SessionID)
	}
	if v.Role == RoleRegionManager {
		ids = append(ids, v.RegionID.UUID)
	}
	return ids
}
