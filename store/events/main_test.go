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

// tortureVariable makes this test binary one of the processes of the torture test: it has that one's plan.
const tortureVariable = "AISLE_TEST_TORTURE"

func TestMain(m *testing.M) {
	if plan := os.Getenv(tortureVariable); plan != "" {
		if err := torture(plan); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	pgtest.Main(m)
}

// patient is how long a test waits for what comes at once on a machine that does nothing else. Other tests' open
// transactions hold events back, too: all of a cluster share its transaction ids.
const patient = 30 * time.Second

func openPool(tb testing.TB, url string) *postgres.Pool {
	tb.Helper()
	pool, err := postgres.Open(tb.Context(), url, postgres.Options{MaxConns: 16})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

// newTestLog is a log of a pool that is not read yet.
func newTestLog(tb testing.TB, pool *postgres.Pool, change ...func(*Config)) *Log {
	tb.Helper()
	config := Config{Pool: pool, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&config)
	}
	return NewLog(config)
}

// run reads the log until the test ends, or stop is called.
func run(tb testing.TB, l *Log) (stop func()) {
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
	case <-l.started:
	case <-time.After(patient):
		tb.Fatal("the log did not start")
	}
	return stop
}

// told is an event as tests write it: Data is its number.
type told struct {
	store.Event

	RecordedAt time.Time // zero is now
}

const insertTold = `
INSERT INTO events.event (id, type, store_id, region_id, everyone, personal, subject_id, occurred_at, data, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, now(), $8, coalesce($9, now()))`

// tell writes events in one transaction, and returns its id.
func tell(ctx context.Context, pool store.DB, list ...told) error {
	for _, e := range list {
		var at *time.Time
		if !e.RecordedAt.IsZero() {
			at = &e.RecordedAt
		}
		data, err := json.Marshal(e.Data)
		if err != nil {
			return fmt.Errorf("data: %w", err)
		}
		_, err = pool.Exec(ctx, insertTold,
			store.NewID(), e.Type, e.StoreID, e.RegionID, e.Everyone, e.Personal, e.SubjectID, data, at)
		if err != nil {
			return fmt.Errorf("insert: %w", err)
		}
	}
	return nil
}

// of is a numbered event of a store.
func of(storeID uuid.UUID, number int) told {
	return told{Event: store.NewStoreEvent(store.EventTaskStarted, storeID, storeID, number)}
}

// write writes numbered events of a store, each in a transaction of its own.
func write(tb testing.TB, pool store.DB, storeID uuid.UUID, numbers ...int) {
	tb.Helper()
	for _, n := range numbers {
		if err := tell(tb.Context(), pool, of(storeID, n)); err != nil {
			tb.Fatal(err)
		}
	}
}

// system is a filter of all that happens, or of all in some stores.
func system(stores ...uuid.UUID) Filter { return Filter{Scope: auth.SystemScope(), Stores: stores} }

func subscribe(tb testing.TB, l *Log, after string, f Filter) *Subscription {
	tb.Helper()
	s, err := l.Subscribe(tb.Context(), after, f)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// numbers reads so many events, and returns their numbers.
func numbers(tb testing.TB, s *Subscription, n int) (list []int) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patient)
	defer cancel()
	for len(list) < n {
		batch, err := s.Next(ctx)
		if err != nil {
			tb.Fatalf("after %v: %v", list, err)
		}
		for _, e := range batch {
			list = append(list, number(tb, e))
		}
	}
	return list
}

func number(tb testing.TB, e *Event) (n int) {
	tb.Helper()
	if err := json.Unmarshal(e.Data, &n); err != nil {
		tb.Fatal(err)
	}
	return n
}

// silent fails the test when something comes that should not.
func silent(tb testing.TB, s *Subscription) {
	tb.Helper()
	batch, _, behind, err := s.log.ring.read(s, 1)
	if len(batch) > 0 || behind || err != nil {
		tb.Errorf("there is more: %v, behind %v, %v", batch, behind, err)
	}
}

// eventually waits until it is so.
func eventually(tb testing.TB, what string, so func() bool) {
	tb.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patient)
	for !so() {
		select {
		case <-tick.C:
		case <-deadline:
			tb.Fatalf("not in time: %s", what)
		}
	}
}

// ofStore is what a scope sees of one store.
func ofStore(scope auth.Scope, id uuid.UUID) Filter {
	return Filter{Scope: scope, Stores: []uuid.UUID{id}}
}
