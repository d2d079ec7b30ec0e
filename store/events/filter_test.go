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
	places  = []uuid.UUID{north, south, east}
	regions = []uuid.UUID{{11}, {12}}
	kinds   = []store.EventType{store.EventTaskStarted, store.EventStockChanged, store.EventProductChanged}
)

// anyEvent is an event as no command may tell it: every mark that decides who sees it, in every combination.
func anyEvent(t *rapid.T) told {
	optional := func(name string, of []uuid.UUID) uuid.NullUUID {
		return rapid.SampledFrom(append([]uuid.NullUUID{{}}, nullable(of)...)).Draw(t, name)
	}
	return told{Event: store.Event{
		Type: rapid.SampledFrom(kinds).Draw(t, "type"), StoreID: optional("store", places), RegionID: optional("region", regions),
		Everyone: rapid.IntRange(0, 3).Draw(t, "everyone") == 0, Personal: rapid.Bool().Draw(t, "personal"),
		SubjectID: rapid.SampledFrom([]uuid.UUID{{98}, {99}}).Draw(t, "subject"), Data: 0,
	}}
}

func nullable(ids []uuid.UUID) (list []uuid.NullUUID) {
	for _, id := range ids {
		list = append(list, some(id))
	}
	return list
}

func anyScope(t *rapid.T) auth.Scope {
	v := auth.Viewer{
		EmployeeID: uuid.UUID{99},
		Role: rapid.SampledFrom([]auth.Role{
			auth.RoleAssociate, auth.RoleStoreManager, auth.RoleRegionManager, auth.RoleAdmin, "",
		}).Draw(t, "role"),
		StoreID:  some(rapid.SampledFrom(places).Draw(t, "own store")),
		RegionID: some(rapid.SampledFrom(regions).Draw(t, "own region")),
	}
	if v.Role == auth.RoleRegionManager || v.Role == auth.RoleAdmin {
		v.StoreID = uuid.NullUUID{}
	}
	if v.Role == auth.RoleAdmin {
		v.RegionID = uuid.NullUUID{}
	}
	return auth.ScopeForViewer(v, rapid.SliceOfNDistinct(rapid.SampledFrom(places), 0, 2, rapid.ID).Draw(t, "region's stores"))
}

func anyFilter(t *rapid.T) Filter {
	f := Filter{Scope: anyScope(t)}
	if rapid.Bool().Draw(t, "of stores") {
		f.Stores = append([]uuid.UUID{}, rapid.SliceOfN(rapid.SampledFrom(places), 0, 3).Draw(t, "stores")...)
	}
	if rapid.Bool().Draw(t, "of types") {
		f.Types = append([]store.EventType{}, rapid.SliceOfN(rapid.SampledFrom(kinds), 0, 2).Draw(t, "types")...)
	}
	f.ExcludedTypes = rapid.SliceOfN(rapid.SampledFrom(kinds), 0, 1).Draw(t, "never")
	return f
}

// seen are the events that the rule, said once more in the plainest way, lets through.
func seen(events []*Event, f Filter) (list []uuid.UUID) {
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

func ids(events []*Event) (list []uuid.UUID) {
	for _, e := range events {
		list = append(list, e.ID)
	}
	return list
}

func TestTableAndRingShowTheSameToEveryScope(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	lot := rapid.SliceOfN(rapid.Custom(anyEvent), 150, 200).Example(1) // every combination is there
	if err := tell(t.Context(), pool, lot...); err != nil {
		t.Fatal(err)
	}
	var everything []*Event
	eventually(t, "all events are settled", func() bool {
		var err error
		if everything, _, err = l.page(t.Context(), store.Position{}, system(), 1000); err != nil {
			t.Fatal(err)
		}
		return len(everything) == len(lot)
	})
	l.ring.start(store.Position{})
	l.ring.put(everything)

	rapid.Check(t, func(rt *rapid.T) {
		f := anyFilter(rt)
		from := rapid.SampledFrom(everything).Draw(rt, "after").Position
		want := seen(everything[slices.IndexFunc(everything, func(e *Event) bool { return e.Position == from })+1:], f)

		page, _, err := l.page(t.Context(), from, f, 1000)
		if err != nil {
			rt.Fatal(err)
		}
		s := follow(l.ring, from.XID, f)
		s.at = from
		defer l.ring.leave(s, s.lanes)
		batch, _, behind, err := l.ring.read(s, 1000)

		if err != nil || behind {
			rt.Fatalf("the ring: behind %v, %v", behind, err)
		}
		if diff := cmp.Diff(want, ids(page)); diff != "" {
			rt.Errorf("the table, -want +got:\n%s", diff)
		}
		if diff := cmp.Diff(want, ids(batch)); diff != "" {
			rt.Errorf("the ring, -want +got:\n%s", diff)
		}
	})
}
