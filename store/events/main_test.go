package events

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
	"aisle/store/postgres"
)

// stressPlanVariable makes this test binary one of the processes of TestStress. Its value is the plan.
const stressPlanVariable = "AISLE_TEST_TORTURE"

func TestMain(m *testing.M) {
	if plan := os.Getenv(stressPlanVariable); plan != "" {
		if err := runStressProcess(plan); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	// Open transactions delay events, also those of other databases: the databases of a cluster share its transaction ids. So these
	// tests run on a cluster of their own, where no other package seeds a chain.
	if err := os.Unsetenv(pgtest.Variable); err != nil {
		panic(err)
	}
	pgtest.Main(m)
}

// testTimeout bounds each wait of a test.
const testTimeout = time.Minute

func openPool(tb testing.TB, url string) *postgres.Pool {
	tb.Helper()
	pool, err := postgres.Open(tb.Context(), url, postgres.Options{MaxConns: 16})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

// newTestLog returns a log whose tailer does not run.
func newTestLog(tb testing.TB, pool *postgres.Pool, change ...func(*Config)) *Log {
	tb.Helper()
	config := Config{Pool: pool, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&config)
	}
	return NewLog(config)
}

// startLog runs the log until the test ends or stop is called.
func startLog(tb testing.TB, l *Log) (stop func()) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	stopped := false
	stop = func() {
		cancel()
		if stopped {
			return
		}
		stopped = true
		if err := <-done; err != nil {
			tb.Error(err)
		}
	}
	tb.Cleanup(stop)
	select {
	case <-l.tailer.started:
	case <-time.After(testTimeout):
		tb.Fatal("the log did not start")
	}
	return stop
}

// testEvent is an event whose Data is its number.
type testEvent struct {
	store.Event

	RecordedAt time.Time // zero is now
}

const insertEvent = `
INSERT INTO events.event (id, type, store_id, region_id, everyone, personal, subject_id, occurred_at, data, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, now(), $8, coalesce($9, now()))`

// insertEvents inserts events with one statement each.
func insertEvents(ctx context.Context, pool store.DB, list ...testEvent) error {
	for _, e := range list {
		var at *time.Time
		if !e.RecordedAt.IsZero() {
			at = &e.RecordedAt
		}
		data, err := json.Marshal(e.Data)
		if err != nil {
			return fmt.Errorf("data: %w", err)
		}
		_, err = pool.Exec(ctx, insertEvent,
			store.NewID(), e.Type, e.StoreID, e.RegionID, e.Everyone, e.Personal, e.SubjectID, data, at)
		if err != nil {
			return fmt.Errorf("insert: %w", err)
		}
	}
	return nil
}

// newTestEvent returns a numbered event of a store.
func newTestEvent(storeID uuid.UUID, number int) testEvent {
	return testEvent{Event: store.NewStoreEvent(store.EventTaskStarted, storeID, storeID, number)}
}

// writeEvents inserts numbered events of a store, each in its own transaction.
func writeEvents(tb testing.TB, pool store.DB, storeID uuid.UUID, numbers ...int) {
	tb.Helper()
	for _, n := range numbers {
		if err := insertEvents(tb.Context(), pool, newTestEvent(storeID, n)); err != nil {
			tb.Fatal(err)
		}
	}
}

// chainFilter returns a filter for all events, or for all events of some stores.
func chainFilter(stores ...uuid.UUID) Filter {
	return Filter{Scope: auth.SystemScope(), Stores: stores}
}

func subscribe(tb testing.TB, l *Log, after string, f Filter) *Subscription {
	tb.Helper()
	s, err := l.Subscribe(tb.Context(), after, f)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// readNumbers reads n events and returns their numbers.
func readNumbers(tb testing.TB, s *Subscription, n int) (list []int) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), testTimeout)
	defer cancel()
	for len(list) < n {
		batch, err := s.Next(ctx)
		if err != nil {
			tb.Fatalf("after %v: %v", list, err)
		}
		for _, e := range batch {
			list = append(list, decodeNumber(tb, e))
		}
	}
	return list
}

func decodeNumber(tb testing.TB, e *Event) (n int) {
	tb.Helper()
	if err := json.Unmarshal(e.Data, &n); err != nil {
		tb.Fatal(err)
	}
	return n
}

// expectNoMoreEvents fails the test if the ring has more events for the subscription.
func expectNoMoreEvents(tb testing.TB, s *Subscription) {
	tb.Helper()
	batch, _, evicted, err := s.log.ring.read(s.cursor, 1)
	if len(batch) > 0 || evicted || err != nil {
		tb.Errorf("unexpected events: %v, evicted %v, %v", batch, evicted, err)
	}
}

// eventually waits for a condition.
func eventually(tb testing.TB, description string, condition func() bool) {
	tb.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(testTimeout)
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			tb.Fatalf("timed out: %s", description)
		}
	}
}

// storeFilter returns a filter for what a scope sees of one store.
func storeFilter(scope auth.Scope, id uuid.UUID) Filter {
	return Filter{Scope: scope, Stores: []uuid.UUID{id}}
}
