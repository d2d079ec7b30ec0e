package events

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
)

var (
	testStores  = []uuid.UUID{north, south, east}
	testRegions = []uuid.UUID{{11}, {12}}
	testTypes   = []store.EventType{store.EventTaskStarted, store.EventStockChanged, store.EventProductUpdated}
)

// genEvent generates events with every combination of the fields that decide who sees them.
func genEvent(t *rapid.T) testEvent {
	optional := func(name string, of []uuid.UUID) uuid.NullUUID {
		return rapid.SampledFrom(append([]uuid.NullUUID{{}}, nullable(of)...)).Draw(t, name)
	}
	return testEvent{Event: store.Event{
		Type: rapid.SampledFrom(testTypes).Draw(t, "type"), StoreID: optional("store", testStores), RegionID: optional("region", testRegions),
		Everyone: rapid.IntRange(0, 3).Draw(t, "everyone") == 0, Personal: rapid.Bool().Draw(t, "personal"),
		SubjectID: rapid.SampledFrom([]uuid.UUID{{98}, {99}}).Draw(t, "subject"), Data: 0,
	}}
}

func nullable(ids []uuid.UUID) (list []uuid.NullUUID) {
	for _, id := range ids {
		list = append(list, validUUID(id))
	}
	return list
}

func genScope(t *rapid.T) auth.Scope {
	v := auth.Viewer{
		EmployeeID: uuid.UUID{99},
		Role: rapid.SampledFrom([]auth.Role{
			auth.RoleAssociate, auth.RoleStoreManager, auth.RoleRegionManager, auth.RoleAdmin, "",
		}).Draw(t, "role"),
		StoreID:  validUUID(rapid.SampledFrom(testStores).Draw(t, "own store")),
		RegionID: validUUID(rapid.SampledFrom(testRegions).Draw(t, "own region")),
	}
	if v.Role == auth.RoleRegionManager || v.Role == auth.RoleAdmin {
		v.StoreID = uuid.NullUUID{}
	}
	if v.Role == auth.RoleAdmin {
		v.RegionID = uuid.NullUUID{}
	}
	return auth.ScopeForViewer(v, rapid.SliceOfNDistinct(rapid.SampledFrom(testStores), 0, 2, rapid.ID).Draw(t, "region's stores"))
}

func genFilter(t *rapid.T) Filter {
	f := Filter{Scope: genScope(t)}
	if rapid.Bool().Draw(t, "of stores") {
		f.Stores = append([]uuid.UUID{}, rapid.SliceOfN(rapid.SampledFrom(testStores), 0, 3).Draw(t, "stores")...)
	}
	if rapid.Bool().Draw(t, "of types") {
		f.Types = append([]store.EventType{}, rapid.SliceOfN(rapid.SampledFrom(testTypes), 0, 2).Draw(t, "types")...)
	}
	f.ExcludedTypes = rapid.SliceOfN(rapid.SampledFrom(testTypes), 0, 1).Draw(t, "never")
	return f
}

// expectedIDs returns the events that match, by a plain second implementation of the rule.
func expectedIDs(events []*Event, f Filter) (list []uuid.UUID) {
	for _, e := range events {
		inScope := f.Scope.All() || e.Everyone || (e.StoreID.Valid && f.Scope.IncludesStore(e.StoreID.UUID)) ||
			(f.Scope.WholeRegion() && e.RegionID.Valid && e.RegionID.UUID == f.Scope.RegionID().UUID)
		mayKnow := !e.Personal || f.Scope.ManagesStaff() || (f.Scope.EmployeeID().Valid && f.Scope.EmployeeID().UUID == e.SubjectID)
		inStores := f.Stores == nil || (e.StoreID.Valid && slices.Contains(f.Stores, e.StoreID.UUID))
		inTypes := f.Types == nil || slices.Contains(f.Types, e.Type)
		if inScope && mayKnow && inStores && inTypes && !slices.Contains(f.ExcludedTypes, e.Type) {
			list = append(list, e.ID)
		}
	}
	return list
}

func eventIDs(events []*Event) (list []uuid.UUID) {
	for _, e := range events {
		list = append(list, e.ID)
	}
	return list
}

func TestTableAndRingAgreeForEveryFilter(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	generated := rapid.SliceOfN(rapid.Custom(genEvent), 150, 200).Example(1) // enough for every combination
	if err := insertEvents(t.Context(), pool, generated...); err != nil {
		t.Fatal(err)
	}
	var everything []*Event
	eventually(t, "all events are settled", func() bool {
		var err error
		if everything, _, _, err = l.readTable(t.Context(), store.Position{}, chainFilter(), 1000); err != nil {
			t.Fatal(err)
		}
		return len(everything) == len(generated)
	})
	l.ring.reset(store.Position{})
	l.ring.add(everything)

	rapid.Check(t, func(rt *rapid.T) {
		f := genFilter(rt)
		from := rapid.SampledFrom(everything).Draw(rt, "after").Position
		want := expectedIDs(everything[slices.IndexFunc(everything, func(e *Event) bool { return e.Position == from })+1:], f)

		page, _, _, err := l.readTable(t.Context(), from, f, 1000)
		if err != nil {
			rt.Fatal(err)
		}
		s := registerCursor(l.ring, from.XID, f)
		s.at = from
		defer l.ring.unregister(s)
		batch, _, evicted, err := l.ring.read(s, 1000)

		if err != nil || evicted {
			rt.Fatalf("the ring: evicted %v, %v", evicted, err)
		}
		if diff := cmp.Diff(want, eventIDs(page)); diff != "" {
			rt.Errorf("the table, -want +got:\n%s", diff)
		}
		if diff := cmp.Diff(want, eventIDs(batch)); diff != "" {
			rt.Errorf("the ring, -want +got:\n%s", diff)
		}
	})
}
