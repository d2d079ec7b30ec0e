package events

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

var north, south, east = uuid.UUID{1}, uuid.UUID{2}, uuid.UUID{3}

func validUUID(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }

// eventAt returns an event of a store, or of the chain, at the position (n, 1).
func eventAt(n int64, of uuid.UUID) *Event {
	e := &Event{Position: store.Position{XID: n, Seq: 1}, ID: store.NewID(), Type: store.EventTaskStarted}
	if of == chainShard {
		e.Everyone = true
	} else {
		e.StoreID = validUUID(of)
	}
	return e
}

// newTestRing returns a ring that starts at (10, 0).
func newTestRing(maxEvents int, events ...*Event) *ring {
	r := newRing(maxEvents, 1<<20)
	r.reset(store.Position{XID: 10})
	r.add(events)
	return r
}

// registerCursor registers a cursor at the position (xid, 1).
func registerCursor(r *ring, xid int64, f Filter) *cursor {
	_, _, epoch := r.bounds()
	c := newCursor(f, store.Position{XID: xid, Seq: 1}, epoch)
	r.register(c)
	return c
}

// filterStores returns the system's filter for some stores, or for all.
func filterStores(stores ...uuid.UUID) Filter {
	return Filter{Scope: auth.SystemScope(), Stores: stores}
}

// readXIDs reads events and returns their transaction ids.
func readXIDs(t *testing.T, r *ring, s *cursor, limit int) (list []int64) {
	t.Helper()
	batch, upTo, evicted, err := r.read(s, limit)
	if err != nil || evicted {
		t.Fatalf("evicted: %v, error: %v", evicted, err)
	}
	s.at = upTo
	for _, e := range batch {
		list = append(list, e.XID)
	}
	return list
}

func TestRingFiltersByStoreAndScope(t *testing.T) {
	t.Parallel()
	r := newTestRing(100, eventAt(11, north), eventAt(12, south), eventAt(13, chainShard), eventAt(14, north), eventAt(15, east))
	worker := auth.ScopeForViewer(auth.Viewer{EmployeeID: store.NewID(), Role: auth.RoleAssociate, StoreID: validUUID(north), RegionID: validUUID(east)}, nil)
	for name, test := range map[string]struct {
		filter Filter
		want   []int64
	}{
		"all":                       {filterStores(), []int64{11, 12, 13, 14, 15}},
		"one store":                 {filterStores(north), []int64{11, 14}},
		"two stores":                {filterStores(east, north), []int64{11, 14, 15}},
		"a store named twice":       {filterStores(north, north), []int64{11, 14}},
		"no store":                  {Filter{Scope: auth.SystemScope(), Stores: []uuid.UUID{}}, nil},
		"an associate":              {Filter{Scope: worker}, []int64{11, 13, 14}},
		"a store outside the scope": {Filter{Scope: worker, Stores: []uuid.UUID{south}}, nil},
		"other types":               {Filter{Scope: auth.SystemScope(), Types: []store.EventType{store.EventTaskCreated}}, nil},
		"the empty filter":          {Filter{}, []int64{13}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registerCursor(r, 10, test.filter)

			got := readXIDs(t, r, s, 100)

			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if s.at != (store.Position{XID: 15, Seq: 1}) {
				t.Errorf("read up to %v, want the end", s.at)
			}
		})
	}
}

func TestPublicEventOfAStoreIsInTwoShardsAndReadOnce(t *testing.T) {
	t.Parallel()
	e := eventAt(11, north)
	e.Everyone = true
	r := newTestRing(100, e)
	region := auth.ScopeForViewer(auth.Viewer{EmployeeID: store.NewID(), Role: auth.RoleRegionManager, RegionID: validUUID(east)}, []uuid.UUID{north, south})
	for name, f := range map[string]Filter{"of its region": {Scope: region}, "of no store": {}, "all": filterStores(), "its store": filterStores(north)} {
		if got := readXIDs(t, r, registerCursor(r, 10, f), 100); len(got) != 1 {
			t.Errorf("%s: got %v, want it once", name, got)
		}
	}
	for i := range int64(200) {
		r.add([]*Event{eventAt(12+i, south)})
	}
	if _, _, evicted, _ := r.read(registerCursor(r, 10, Filter{}), 1); !evicted {
		t.Error("a cursor does not miss the evicted event")
	}
}

func TestRingReadRespectsTheLimit(t *testing.T) {
	t.Parallel()
	r := newTestRing(100, eventAt(11, north), eventAt(12, south), eventAt(13, north), eventAt(14, north))
	s := registerCursor(r, 10, filterStores(north))

	got := [][]int64{readXIDs(t, r, s, 2), readXIDs(t, r, s, 2), readXIDs(t, r, s, 2)}

	if diff := cmp.Diff([][]int64{{11, 13}, {14}, nil}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyCursorsThatMissAnEvictedEventAreBehind(t *testing.T) {
	t.Parallel()
	r := newTestRing(3, eventAt(11, north), eventAt(12, south), eventAt(13, south), eventAt(14, south), eventAt(15, south))
	for name, test := range map[string]struct {
		s    *cursor
		want bool
	}{
		"a store whose event was evicted": {registerCursor(r, 10, filterStores(north)), true},
		"the same, seen before":           {registerCursor(r, 11, filterStores(north)), false},
		"a store that was quiet":          {registerCursor(r, 10, filterStores(east)), false},
		"two stores, one of them evicted": {registerCursor(r, 10, filterStores(east, south)), true},
		"all, far back":                   {registerCursor(r, 11, filterStores()), true},
		"all, after what was evicted":     {registerCursor(r, 12, filterStores()), false},
		"a quiet store, before the ring":  {registerCursor(r, 9, filterStores(east)), true},
		"a busy store, after the evicted": {registerCursor(r, 12, filterStores(south)), false},
	} {
		if _, _, evicted, err := r.read(test.s, 10); evicted != test.want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", name, evicted, err, test.want)
		}
	}
}

func TestRingIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	r := newRing(1000, 10_000)
	r.reset(store.Position{})
	for i := range int64(100) {
		e := eventAt(i+1, north)
		e.Data = json.RawMessage(make([]byte, 1000))
		r.add([]*Event{e})
	}
	if n := len(r.all.events); n < 2 || n > 10 || r.bytes > 10_000 || len(r.shards[north].events) != n {
		t.Errorf("%d events with %d bytes, %d in the store's shard", n, r.bytes, len(r.shards[north].events))
	}
}

func TestOnlyCursorsOfChangedShardsAreWoken(t *testing.T) {
	t.Parallel()
	r := newTestRing(100)
	scoped := auth.ScopeForViewer(auth.Viewer{EmployeeID: store.NewID(), Role: auth.RoleAssociate, StoreID: validUUID(south), RegionID: validUUID(east)}, nil)
	subscriptions := map[string]*cursor{
		"north": registerCursor(r, 10, filterStores(north)), "south": registerCursor(r, 10, filterStores(south)), "all": registerCursor(r, 10, filterStores()),
		"an associate in the south": registerCursor(r, 10, Filter{Scope: scoped}),
	}
	woken := func() map[string]bool {
		list := map[string]bool{}
		for name, s := range subscriptions {
			select {
			case <-s.wake:
				list[name] = true
			default:
			}
		}
		return list
	}

	r.add([]*Event{eventAt(11, north), eventAt(12, north)})
	first := woken()
	r.add([]*Event{eventAt(13, chainShard)})
	second := woken()
	r.unregister(subscriptions["south"])
	r.add([]*Event{eventAt(14, south)})
	third := woken()

	want := []map[string]bool{{"north": true, "all": true}, {"all": true, "an associate in the south": true}, {"all": true, "an associate in the south": true}}
	if diff := cmp.Diff(want, []map[string]bool{first, second, third}); diff != "" {
		t.Error(diff)
	}
}

func TestResetInvalidatesCursors(t *testing.T) {
	t.Parallel()
	r := newTestRing(100, eventAt(11, north))
	before := registerCursor(r, 11, filterStores(north))

	r.reset(store.Position{XID: 5})
	r.add([]*Event{eventAt(6, north)})

	select {
	case <-before.wake:
	default:
		t.Error("no cursor was woken")
	}
	if _, _, _, err := r.read(before, 10); !errors.Is(err, ErrUnknownPosition) {
		t.Errorf("got %v, want ErrUnknownPosition", err)
	}
	if got := readXIDs(t, r, registerCursor(r, 5, filterStores(north)), 10); len(got) != 1 {
		t.Errorf("a new cursor gets %v, want the new event", got)
	}
}
