package auth_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
)

// placed returns a revocation of tokens whose role, store or region differ from the viewer's.
func placed(v auth.Viewer) auth.Revocation {
	r := auth.Revocation{ID: v.EmployeeID, ExpiresAt: testNow.Add(time.Hour), Role: v.Role, StoreID: v.StoreID}
	if v.Role == auth.RoleRegionManager {
		r.RegionID = v.RegionID
	}
	return r
}

func TestRevocationOfASessionAndOfAnEmployee(t *testing.T) {
	t.Parallel()
	viewer := viewers()[auth.RoleSupervisor]
	otherSession, otherEmployee, withoutSession := viewer, viewer, viewer
	otherSession.SessionID = uuid.Max
	otherEmployee.SessionID, otherEmployee.EmployeeID = uuid.Max, uuid.Max
	withoutSession.SessionID = uuid.Nil
	for name, c := range map[string]struct {
		revoked uuid.UUID
		out, in []auth.Viewer
	}{
		"nothing":  {uuid.UUID{9}, nil, []auth.Viewer{viewer, otherSession, otherEmployee, withoutSession, {}}},
		"session":  {viewer.SessionID, []auth.Viewer{viewer}, []auth.Viewer{otherSession, otherEmployee, withoutSession, {}}},
		"employee": {viewer.EmployeeID, []auth.Viewer{viewer, otherSession, withoutSession}, []auth.Viewer{otherEmployee, {}}},
	} {
		revoked := auth.NewRevocationList((&clock{testNow}).Now)
		revoked.Add(auth.Revocation{ID: c.revoked, ExpiresAt: testNow.Add(time.Hour)})
		for _, v := range c.out {
			if !revoked.IsRevoked(v) {
				t.Errorf("%s: %+v is in", name, v)
			}
		}
		for _, v := range c.in {
			if revoked.IsRevoked(v) {
				t.Errorf("%s: %+v is out", name, v)
			}
		}
	}
}

// A token whose claims differ from the current role, store or region is revoked, whenever it was issued.
func TestTokensWithAnOldStoreOrRoleAreRevoked(t *testing.T) {
	t.Parallel()
	all := viewers()
	far := all[auth.RoleSupervisor]
	far.StoreID = some(farStore)
	otherRegion := all[auth.RoleRegionManager]
	otherRegion.RegionID = some(farStore)
	movedRegion := all[auth.RoleSupervisor] // the store is in another region now: the place is the same
	movedRegion.RegionID = some(farStore)
	for name, c := range map[string]struct {
		says, is auth.Viewer
		out      bool
	}{
		"the same store":         {all[auth.RoleSupervisor], all[auth.RoleSupervisor], false},
		"the same region":        {all[auth.RoleRegionManager], all[auth.RoleRegionManager], false},
		"the head office":        {all[auth.RoleAdmin], all[auth.RoleAdmin], false},
		"a store that has moved": {movedRegion, all[auth.RoleSupervisor], false},
		"another store":          {far, all[auth.RoleSupervisor], true},
		"another region":         {otherRegion, all[auth.RoleRegionManager], true},
		"a higher role":          {all[auth.RoleStoreManager], all[auth.RoleAssociate], true},
		"a lower role":           {all[auth.RoleAssociate], all[auth.RoleStoreManager], true},
		"no admin any more":      {all[auth.RoleAdmin], all[auth.RoleAssociate], true},
	} {
		revoked := auth.NewRevocationList((&clock{testNow}).Now)
		revoked.Add(placed(c.is))
		if got := revoked.IsRevoked(c.says); got != c.out {
			t.Errorf("%s: out %v", name, got)
		}
	}
}

func TestTheLatestRevocationOfAnEmployeeApplies(t *testing.T) {
	t.Parallel()
	viewer := viewers()[auth.RoleSupervisor]
	revoked := auth.NewRevocationList((&clock{testNow}).Now)
	revoked.Add(auth.Revocation{ID: viewer.EmployeeID, ExpiresAt: testNow.Add(time.Hour)})

	revoked.Add(placed(viewer)) // who is back

	if revoked.IsRevoked(viewer) {
		t.Error("the employee is out though they are back")
	}
}

func TestExpiredRevocationsAreRemoved(t *testing.T) {
	t.Parallel()
	viewer := viewers()[auth.RoleSupervisor]
	at := &clock{testNow}
	revoked := auth.NewRevocationList(at.Now)
	revoked.Add(auth.Revocation{ID: viewer.SessionID, ExpiresAt: testNow.Add(time.Hour)})
	at.now = testNow.Add(time.Hour + time.Second)

	revoked.Add(auth.Revocation{ID: uuid.Max, ExpiresAt: testNow})

	if revoked.IsRevoked(viewer) || revoked.IsRevoked(auth.Viewer{SessionID: uuid.Max}) {
		t.Error("the revocation is still in effect")
	}
}

func TestWatchIsNotifiedOfItsOwnViewerOnly(t *testing.T) {
	t.Parallel()
	viewer, other := viewers()[auth.RoleSupervisor], viewers()[auth.RoleSupervisor]
	other.SessionID, other.EmployeeID = uuid.Max, uuid.UUID{7}
	revoked := auth.NewRevocationList((&clock{testNow}).Now)
	notified := map[string]int{}
	watch := func(name string, v auth.Viewer) func() { return revoked.Watch(v, func() { notified[name]++ }) }
	defer watch("viewer", viewer)()
	defer watch("other", other)()
	watch("gone", viewer)()
	revoked.Add(placed(viewer)) // they are where they say

	revoked.Add(auth.Revocation{ID: viewer.SessionID, ExpiresAt: testNow.Add(time.Hour)})
	defer watch("late", viewer)()

	if notified["viewer"] != 1 || notified["late"] != 1 || notified["other"]+notified["gone"] != 0 {
		t.Errorf("notifications: %v", notified)
	}
}

// A partner's stores are not in its token: its subscriptions restart, and its tokens stay valid if their claims still match.
func TestPartnerChangeNotifiesWatchersAndKeepsTokens(t *testing.T) {
	t.Parallel()
	partner := auth.Viewer{PartnerID: uuid.UUID{7}, Role: auth.RolePartner, ClientID: "erp", Scopes: "events:read"}
	revoked := auth.NewRevocationList((&clock{testNow}).Now)
	notified := 0
	defer revoked.Watch(partner, func() { notified++ })()
	first := auth.Revocation{ID: partner.PartnerID, ExpiresAt: testNow.Add(time.Hour), Role: auth.RolePartner}
	second := first
	second.ExpiresAt = first.ExpiresAt.Add(time.Minute)

	revoked.Add(first)
	revoked.Add(first) // which was read twice
	revoked.Add(second)

	if notified != 2 || revoked.IsRevoked(partner) {
		t.Errorf("notified %d times, tokens revoked: %v", notified, revoked.IsRevoked(partner))
	}
}
