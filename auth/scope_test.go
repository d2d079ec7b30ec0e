package auth_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"aisle/auth"
)

// seen has all values of a Scope.
type seen struct {
	All, WholeRegion    bool
	StoreIDs            []uuid.UUID
	Own, Neighbour, Far bool // may the store be seen: the viewer's own, another of its region, one elsewhere
	RegionID, Employee  uuid.NullUUID
}

func look(s auth.Scope) seen {
	return seen{
		All: s.All(), WholeRegion: s.WholeRegion(), StoreIDs: s.StoreIDs(),
		Own: s.IncludesStore(ownStore), Neighbour: s.IncludesStore(otherStore), Far: s.IncludesStore(farStore),
		RegionID: s.RegionID(), Employee: s.EmployeeID(),
	}
}

func TestScopeOfEachViewer(t *testing.T) {
	t.Parallel()
	region := []uuid.UUID{ownStore, otherStore}
	nothing := seen{StoreIDs: []uuid.UUID{}}
	oneStore := seen{
		StoreIDs: []uuid.UUID{ownStore}, Own: true, RegionID: some(ownRegion), Employee: some(employee),
	}
	all := viewers()
	scopeOf := func(role auth.Role) auth.Scope { return auth.ScopeForViewer(all[role], region) }
	for name, row := range map[string]struct {
		scope auth.Scope
		want  seen
	}{
		"associate":     {scopeOf(auth.RoleAssociate), oneStore},
		"supervisor":    {scopeOf(auth.RoleSupervisor), oneStore},
		"store manager": {scopeOf(auth.RoleStoreManager), oneStore},
		"region manager": {scopeOf(auth.RoleRegionManager), seen{
			StoreIDs: region, Own: true, Neighbour: true, WholeRegion: true,
			RegionID: some(ownRegion), Employee: some(employee),
		}},
		"region manager of no stores": {auth.ScopeForViewer(all[auth.RoleRegionManager], nil), seen{
			StoreIDs: []uuid.UUID{}, WholeRegion: true, RegionID: some(ownRegion), Employee: some(employee),
		}},
		"admin": {scopeOf(auth.RoleAdmin), seen{
			All: true, StoreIDs: []uuid.UUID{}, Own: true, Neighbour: true, Far: true, Employee: some(employee),
		}},
		"system": {auth.SystemScope(), seen{
			All: true, StoreIDs: []uuid.UUID{}, Own: true, Neighbour: true, Far: true,
		}},
		"zero scope":   {auth.Scope{}, nothing},
		"anonymous":    {auth.ScopeForViewer(auth.Viewer{}, region), nothing},
		"a mere role":  {auth.ScopeForViewer(auth.Viewer{Role: auth.RoleAdmin}, region), nothing},
		"unknown role": {auth.ScopeForViewer(auth.Viewer{EmployeeID: employee, Role: "ROOT"}, region), nothing},
		"associate without a store": {
			auth.ScopeForViewer(auth.Viewer{EmployeeID: employee, Role: auth.RoleAssociate}, region), nothing,
		},
		"region manager without a region": {
			auth.ScopeForViewer(auth.Viewer{EmployeeID: employee, Role: auth.RoleRegionManager}, region), nothing,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, look(row.scope)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestScopeCannotBeWidenedFromOutside(t *testing.T) {
	t.Parallel()
	region := []uuid.UUID{ownStore}
	scope := auth.ScopeForViewer(viewers()[auth.RoleRegionManager], region)

	region[0] = farStore
	scope.StoreIDs()[0] = farStore

	if scope.IncludesStore(farStore) || !scope.IncludesStore(ownStore) {
		t.Errorf("got %v", scope.StoreIDs())
	}
}
