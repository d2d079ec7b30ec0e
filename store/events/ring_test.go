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

func some(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }

// at is an event of a store, or of the chain, at the position (n, 1).
func at(n int64, of uuid.UUID) *Event {
	e := &Event{Position: store.Position{XID: n, Seq: 1}, ID: store.NewID(), Type: store.EventTaskStarted}
	if of == chain {
		e.Everyone = true
	} else {
		e.StoreID = some(of)
	}
	return e
}

// newTestRing is a ring that begins at 10.
func newTestRing(most int, events ...*Event) *ring {
	r := newRing(most, 1<<20)
	r.start(store.Position{XID: 10})
	r.put(events)
	return r
}

// follow is a subscription to a ring alone.
func follow(r *ring, from int64, f Filter) *Subscription {
	_, _, life := r.reach()
	s := &Subscription{filter: f, lanes: f.lanes(), at: store.Position{XID: from, Seq: 1}, life: life, wake: make(chan struct{}, 1)}
	r.join(s, s.lanes)
	return s
}

// all is a filter of some stores, of the whole chain for none.
func all(stores ...uuid.UUID) Filter { return Filter{Scope: auth.SystemScope(), Stores: stores} }

// xids are the positions of what is read.
func xids(t *testing.T, r *ring, s *Subscription, limit int) (list []int64) {
	t.Helper()
	batch, upTo, behind, err := r.read(s, limit)
	if err != nil || behind {
		t.Fatalf("behind: %v, error: %v", behind, err)
	}
	s.at = upTo
	for _, e := range batch {
		list = append(list, e.XID)
	}
	return list
}

func TestRingGivesEachStoreItsOwn(t *testing.T) {
	t.Parallel()
	r := newTestRing(100, at(11, north), at(12, south), at(13, chain), at(14, north), at(15, east))
	worker := auth.ScopeForViewer(auth.Viewer{EmployeeID: store.NewID(), Role: auth.RoleAssociate, StoreID: some(north), RegionID: some(east)}, nil)
	for name, test := range map[string]struct {
		filter Filter
		want   []int64
	}{
		"all":                 {all(), []int64{11, 12, 13, 14, 15}},
		"one store":           {all(north), []int64{11, 14}},
		"two stores":          {all(east, north), []int64{11, 14, 15}},
		"a store named twice": {all(north, north), []int64{11, 14}},
		"no store":            {Filter{Scope: auth.SystemScope(), Stores: []uuid.UUID{}}, nil},
		"who works there":     {Filter{Scope: worker}, []int64{11, 13, 14}},
		"who may not see it":  {Filter{Scope: worker, Stores: []uuid.UUID{south}}, nil},
		"other types":         {Filter{Scope: auth.SystemScope(), Types: []store.EventType{store.EventTaskCreated}}, nil},
		"nobody":              {Filter{}, []int64{13}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := follow(r, 10, test.filter)

			got := xids(t, r, s, 100)

			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if s.at != (store.Position{XID: 15, Seq: 1}) {
				t.Errorf("read up to %v, want the end", s.at)
			}
		})
	}
}

func TestEventOfAStoreThatEveryoneSeesIsInBothLanesAndReadOnce(t *testing.T) {
	t.Parallel()
	e := at(11, north)
	e.Everyone = true
	r := newTestRing(100, e)
	region := auth.ScopeForViewer(auth.Viewer{EmployeeID: store.NewID(), Role: auth.RoleRegionManager, RegionID: some(east)}, []uuid.UUID{north, south})
	for name, f := range map[string]Filter{"of its region": {Scope: region}, "of no store": {}, "all": all(), "its store": all(north)} {
		if got := xids(t, r, follow(r, 10, f), 100); len(got) != 1 {
			t.Errorf("%s: got %v, want it once", name, got)
		}
	}
	for i := range int64(200) {
		r.put([]*Event{at(12+i, south)})
	}
	if _, _, behind, _ := r.read(follow(r, 10, Filter{}), 1); !behind {
		t.Error("an evicted event is not missed")
	}
}

func TestRingIsReadAPartAtATime(t *testing.T) {
	t.Parallel()
	r := newTestRing(100, at(11, north), at(12, south), at(13, north), at(14, north))
	s := follow(r, 10, all(north))

	got := [][]int64{xids(t, r, s, 2), xids(t, r, s, 2), xids(t, r, s, 2)}

	if diff := cmp.Diff([][]int64{{11, 13}, {14}, nil}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyWhoMissesAnEvictedEventIsBehind(t *testing.T) {
	t.Parallel()
	r := newTestRing(3, at(11, north), at(12, south), at(13, south), at(14, south), at(15, south))
	for name, test := range map[string]struct {
		s    *Subscription
		want bool
	}{
		"a store whose event was evicted":  {follow(r, 10, all(north)), true},
		"the same, seen before":            {follow(r, 11, all(north)), false},
		"a store that was quiet":           {follow(r, 10, all(east)), false},
		"two stores, one of them evicted":  {follow(r, 10, all(east, south)), true},
		"all, far back":                    {follow(r, 11, all()), true},
		"all, behind what was evicted":     {follow(r, 12, all()), false},
		"a quiet store, before the ring":   {follow(r, 9, all(east)), true},
		"a busy store, behind the evicted": {follow(r, 12, all(south)), false},
	} {
		if _, _, behind, err := r.read(test.s, 10); behind != test.want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", name, behind, err, test.want)
		}
	}
}

func TestRingIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	r := newRing(1000, 10_000)
	r.start(store.Position{})
	for i := range int64(100) {
		e := at(i+1, north)
		e.Data = json.RawMessage(make([]byte, 1000))
		r.put([]*Event{e})
	}
	if n := len(r.all.events); n < 2 || n > 10 || r.bytes > 10_000 || len(r.lanes[north].events) != n {
		t.Errorf("%d events with %d bytes, %d in the store's lane", n, r.bytes, len(r.lanes[north].events))
	}
}

func TestOnlyThoseAreWokenWhoseStoreIsTouched(t *testing.T) {
	t.Parallel()
	r := newTestRing(100)
	scoped := auth.ScopeForViewer(auth.Viewer{EmployeeID: store.NewID(), Role: auth.RoleAssociate, StoreID: some(south), RegionID: some(east)}, nil)
	subscriptions := map[string]*Subscription{
		"north": follow(r, 10, all(north)), "south": follow(r, 10, all(south)), "all": follow(r, 10, all()),
		"who works in the south": follow(r, 10, Filter{Scope: scoped}),
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

	r.put([]*Event{at(11, north), at(12, north)})
	first := woken()
	r.put([]*Event{at(13, chain)})
	second := woken()
	r.leave(subscriptions["south"], subscriptions["south"].lanes)
	r.put([]*Event{at(14, south)})
	third := woken()

	want := []map[string]bool{{"north": true, "all": true}, {"all": true, "who works in the south": true}, {"all": true, "who works in the south": true}}
	if diff := cmp.Diff(want, []map[string]bool{first, second, third}); diff != "" {
		t.Error(diff)
	}
}

func TestRingThatBeginsAnewTellsThoseWhoFollowed(t *testing.T) {
	t.Parallel()
	r := newTestRing(100, at(11, north))
	before := follow(r, 11, all(north))

	r.start(store.Position{XID: 5})
	r.put([]*Event{at(6, north)})

	select {
	case <-before.wake:
	default:
		t.Error("nobody was woken")
	}
	if _, _, _, err := r.read(before, 10); !errors.Is(err, ErrUnknownPosition) {
		t.Errorf("got %v, want ErrForeign", err)
	}
	if got := xids(t, r, follow(r, 5, all(north)), 10); len(got) != 1 {
		t.Errorf("a new one gets %v, want what is new", got)
	}
}
