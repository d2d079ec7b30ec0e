package events

import (
	"testing"

	"github.com/google/uuid"

	"aisle/app/localpg/pgtest"
	"aisle/store"
)

func TestRevisionOfModulesAndStores(t *testing.T) {
	t.Parallel()
	r := NewRevisions()
	r.OnReset(store.Position{XID: 10})
	r.OnEvents([]*Event{
		{Position: store.Position{XID: 11}, Type: store.EventTaskStarted, StoreID: uuid.NullUUID{UUID: north, Valid: true}},
		{Position: store.Position{XID: 12}, Type: store.EventStockChanged, StoreID: uuid.NullUUID{UUID: south, Valid: true}},
		{Position: store.Position{XID: 13}, Type: store.EventProductUpdated},
	})
	for _, test := range []struct {
		name    string
		modules []string
		stores  []uuid.UUID
		want    int64
	}{
		{"the store's event", []string{"tasks"}, []uuid.UUID{north}, 11},
		{"not another store's", []string{"tasks"}, []uuid.UUID{south}, 10},
		{"not another module's", []string{"tasks", "staff"}, []uuid.UUID{south}, 10},
		{"the newest of several stores", []string{"tasks", "inventory"}, []uuid.UUID{north, south}, 12},
		{"the chain's, in a store", []string{"catalog"}, []uuid.UUID{north}, 13},
		{"the chain's, without stores", []string{"catalog"}, []uuid.UUID{}, 13},
		{"without stores not theirs", []string{"tasks"}, []uuid.UUID{}, 10},
		{"any store's", []string{"tasks"}, nil, 11},
		{"the chain's, among any", []string{"catalog"}, nil, 13},
	} {
		if got := r.Revision(test.modules, test.stores); got.XID != test.want {
			t.Errorf("%s: %d, want %d", test.name, got.XID, test.want)
		}
	}

	before := r.Epoch()
	r.OnReset(store.Position{XID: 20})

	if r.Epoch() == before {
		t.Error("OnReset did not start a new epoch")
	}
	if got := r.Revision([]string{"tasks"}, []uuid.UUID{north}); got.XID != 20 {
		t.Errorf("after OnReset: %d, want 20", got.XID)
	}
}

func TestWatchersGetEventsBeforeReaders(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	revisions := NewRevisions()
	writeEvents(t, pool, north, 1)
	l := newTestLog(t, pool, func(c *Config) { c.Watchers = []Watcher{revisions} })
	waitUntilSettled(t, l, 1)
	startLog(t, l)
	old := revisions.Revision([]string{"tasks"}, []uuid.UUID{north})
	if old != l.Position() || old == (store.Position{}) {
		t.Fatalf("at the start the store's revision is %v, the log's end %v", old, l.Position())
	}

	writeEvents(t, pool, south, 2)

	eventually(t, "the event is read", func() bool { return l.Position() != old })
	if got := revisions.Revision([]string{"tasks"}, []uuid.UUID{south}); got != l.Position() {
		t.Errorf("the log ends at %v, the revision is %v", l.Position(), got)
	}
	if got := revisions.Revision([]string{"tasks"}, []uuid.UUID{north}); got != old {
		t.Errorf("the other store's revision moved from %v to %v", old, got)
	}
}
