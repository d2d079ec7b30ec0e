package auth

import (
	"slices"

	"github.com/google/uuid"
)

// Scope says which rows may be seen. Every read and command of the data takes one, and only ScopeForViewer, ScopeForPartner,
// StoreScope and SystemScope make one. The zero value sees nothing. A query uses it as "all OR store_id = ANY (store ids)".
type Scope struct {
	all         bool
	wholeRegion bool
	stores      []uuid.UUID
	region      uuid.NullUUID
	employee    uuid.NullUUID
	staff       bool
	recorder    *IdentityAccessRecorder // nil for a scope that nobody watches
}

// ScopeForViewer returns what the viewer may see: an admin the chain, a region manager regionStores (the ids of the stores
// of its region, ignored for all others), the other roles their own store. A viewer who is anonymous, or whose role
// lacks the store or region that it needs, gets the zero Scope; so does a partner, whose stores no token says.
func ScopeForViewer(v Viewer, regionStores []uuid.UUID) Scope {
	if v.check() != nil {
		return Scope{}
	}
	scope := Scope{employee: uuid.NullUUID{UUID: v.EmployeeID, Valid: true}, staff: v.Can(PermissionStaffManage)}
	switch v.Role {
	case RoleAdmin:
		scope.all = true
	case RoleRegionManager:
		scope.wholeRegion = true
		scope.stores = slices.Clone(regionStores)
		scope.region = v.RegionID
	case RoleAssociate, RoleSupervisor, RoleStoreManager:
		scope.stores = []uuid.UUID{v.StoreID.UUID}
		scope.region = v.RegionID
	case RolePartner:
		return Scope{}
	}
	return scope
}

// ScopeForPartner returns what a partner may see: the stores that it was given. It is no employee, so it sees nobody of the
// head office unless it sees the chain. Who is no partner gets the zero Scope.
func ScopeForPartner(v Viewer, stores PartnerStores) Scope {
	if v.PartnerID == uuid.Nil || v.check() != nil {
		return Scope{}
	}
	if stores.All {
		return Scope{all: true}
	}
	return Scope{stores: slices.Clone(stores.IDs)}
}

// StoreScope returns what anybody who works in the store sees. It is for showing what happened there to viewers who may
// see that: whoever they are, it shows them no more.
func StoreScope(storeID uuid.UUID, regionID uuid.NullUUID) Scope {
	return Scope{stores: []uuid.UUID{storeID}, region: regionID}
}

// SystemScope returns the scope of the system's own work: migrations, imports, the demo, jobs. It sees the whole
// chain and is nobody. Never use it to answer a viewer.
func SystemScope() Scope { return Scope{all: true, staff: true} }

// All reports whether the scope is the whole chain.
func (s Scope) All() bool { return s.all }

// StoreIDs returns the stores that may be seen, as a copy that is never nil, so that it can go into SQL as uuid[].
// It is empty when All is true: ask that first.
func (s Scope) StoreIDs() []uuid.UUID { return append([]uuid.UUID{}, s.stores...) }

// IncludesStore reports whether the store may be seen.
func (s Scope) IncludesStore(id uuid.UUID) bool { return s.all || slices.Contains(s.stores, id) }

// RegionID returns the region of a region manager, or that of a store employee's store. It is unset for the whole
// chain. Only with WholeRegion may all of the region be seen.
func (s Scope) RegionID() uuid.NullUUID { return s.region }

// WholeRegion reports whether everything in RegionID may be seen: true for region managers only.
func (s Scope) WholeRegion() bool { return s.wholeRegion }

// BelongsToEmployee reports whether the scope belongs to an employee: false for partners and the system.
func (s Scope) BelongsToEmployee() bool { return s.employee.Valid }

// EmployeeID returns who the scope belongs to; unset for partners and the system.
func (s Scope) EmployeeID() uuid.NullUUID {
	s.recorder.record()
	return s.employee
}

// ManagesStaff reports whether what concerns single people in the scope may be seen: true for those who manage the staff.
func (s Scope) ManagesStaff() bool {
	s.recorder.record()
	return s.staff
}
