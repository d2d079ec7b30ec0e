package auth

import (
	"slices"

	"github.com/google/uuid"
)

// Scope selects the rows that a caller can access. Every query and command takes one. Only ScopeForViewer, ScopeForPartner, StoreScope
// and SystemScope create one. The zero value selects nothing. SQL uses it as "all OR store_id = ANY (store ids)".
type Scope struct {
	all         bool
	wholeRegion bool
	stores      []uuid.UUID
	region      uuid.NullUUID
	ofEmployee  bool
	ofViewer    scopeIdentity
	recorder    *IdentityAccessRecorder // holds the identity in place of ofViewer; nil for a scope that has it (WithoutIdentity)
}

// ScopeForViewer returns the scope of an employee: the chain for an admin, regionStores for a region manager (the ids of the stores of
// the region; ignored for other roles), and the own store for other roles. It returns the zero Scope for an anonymous viewer, a role
// without the store or region that it needs, and a partner, whose stores are not in the token.
func ScopeForViewer(v Viewer, regionStores []uuid.UUID) Scope {
	if v.check() != nil {
		return Scope{}
	}
	scope := Scope{
		ofEmployee: true,
		ofViewer:   scopeIdentity{employee: uuid.NullUUID{UUID: v.EmployeeID, Valid: true}, staff: v.Can(PermissionStaffManage)},
	}
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

// ScopeForPartner returns the scope of a partner: the given stores. It does not include employees of the head office, unless it is the
// whole chain. It returns the zero Scope for a viewer that is not a partner.
func ScopeForPartner(v Viewer, stores PartnerStores) Scope {
	if v.PartnerID == uuid.Nil || v.check() != nil {
		return Scope{}
	}
	if stores.All {
		return Scope{all: true}
	}
	return Scope{stores: slices.Clone(stores.IDs)}
}

// StoreScope returns the scope of a store, without an employee. Use it to load what all viewers of an event of the store can see.
func StoreScope(storeID uuid.UUID, regionID uuid.NullUUID) Scope {
	return Scope{stores: []uuid.UUID{storeID}, region: regionID}
}

// SystemScope returns the scope of the whole chain, without an employee. It is for migrations, imports, the demo and jobs. Never use it
// to answer a viewer.
func SystemScope() Scope { return Scope{all: true, ofViewer: scopeIdentity{staff: true}} }

// All reports whether the scope is the whole chain.
func (s Scope) All() bool { return s.all }

// StoreIDs returns the stores in scope. It is a copy and never nil, so that it can be a uuid[] argument of SQL. It is empty if All is
// true: check All first.
func (s Scope) StoreIDs() []uuid.UUID { return append([]uuid.UUID{}, s.stores...) }

// IncludesStore reports whether the store is in scope.
func (s Scope) IncludesStore(id uuid.UUID) bool { return s.all || slices.Contains(s.stores, id) }

// RegionID returns the region of a region manager or of a store employee's store. It is unset for the whole chain. The whole region is
// in scope only if WholeRegion is true.
func (s Scope) RegionID() uuid.NullUUID { return s.region }

// WholeRegion reports whether everything in RegionID is in scope. It is true for region managers only.
func (s Scope) WholeRegion() bool { return s.wholeRegion }

// BelongsToEmployee reports whether the scope belongs to an employee: false for partners and the system.
func (s Scope) BelongsToEmployee() bool { return s.ofEmployee }

// EmployeeID returns the employee that the scope belongs to. It is unset for partners and the system.
func (s Scope) EmployeeID() uuid.NullUUID { return s.identity().employee }

// ManagesStaff reports whether data about individual employees is in scope. It is true for viewers who manage staff.
func (s Scope) ManagesStaff() bool { return s.identity().staff }

// identity returns the identity, wherever it is. It is the only reader of ofViewer.
func (s Scope) identity() scopeIdentity {
	if s.recorder != nil {
		return s.recorder.readIdentity()
	}
	return s.ofViewer
}
