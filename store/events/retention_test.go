package events

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
	"aisle/store/postgres"
)

// addPartition creates the partition of a past day.
func addPartition(tb testing.TB, pool *postgres.Pool, ago int) (name string, noon time.Time) {
	tb.Helper()
	day := time.Now().UTC().AddDate(0, 0, -ago).Truncate(24 * time.Hour)
	name = "event_" + day.Format("20060102")
	const zoned = "2006-01-02 15:04:05Z07:00"
	for _, sql := range []string{
		fmt.Sprintf("CREATE TABLE events.%s (LIKE events.event INCLUDING ALL EXCLUDING IDENTITY)", name),
		fmt.Sprintf("ALTER TABLE events.event ATTACH PARTITION events.%s FOR VALUES FROM ('%s') TO ('%s')",
			name, day.Format(zoned), day.AddDate(0, 0, 1).Format(zoned)),
	} {
		if _, err := pool.Exec(tb.Context(), sql); err != nil {
			tb.Fatal(err)
		}
	}
	return name, day.Add(12 * time.Hour)
}

func partitionNames(tb testing.TB, l *Log) (names []string) {
	tb.Helper()
	days, err := l.table.q.listPartitions(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	for _, day := range days {
		names = append(names, day.Name)
	}
	return names
}

// waitUntilSettled waits until n events are settled and returns them.
func waitUntilSettled(tb testing.TB, l *Log, n int) (list []*Event) {
	tb.Helper()
	eventually(tb, "events are settled", func() bool {
		var err error
		if list, _, _, err = l.readTable(tb.Context(), store.Position{}, chainFilter(), 1000); err != nil {
			tb.Fatal(err)
		}
		return len(list) == n
	})
	return list
}

func maintain(tb testing.TB, l *Log) {
	tb.Helper()
	if err := l.Maintain(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

func TestPartitionsAreCreatedAWeekAhead(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	before := partitionNames(t, l)
	gone := before[len(before)-2:]
	for _, name := range gone {
		if _, err := pool.Exec(t.Context(), "DROP TABLE events."+name); err != nil {
			t.Fatal(err)
		}
	}

	maintain(t, l)
	maintain(t, l) // the second call has nothing to do

	if after := partitionNames(t, l); !slices.Equal(after, before) || len(after) < 8 {
		t.Errorf("got %v, want %v", after, before)
	}
}

func TestMaintenanceDoesNotBlockWriters(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	old, _ := addPartition(t, pool, 40)
	days := partitionNames(t, l)
	if _, err := pool.Exec(t.Context(), "DROP TABLE events."+days[len(days)-1]); err != nil {
		t.Fatal(err)
	}
	writing, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer writing.Rollback(t.Context())
	if err := insertEvents(t.Context(), writing, newTestEvent(north, 1)); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- l.Maintain(t.Context()) }()

	eventually(t, "the old day is being taken out", func() bool {
		list, err := l.table.q.listPartitions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return !slices.ContainsFunc(list, func(d listPartitionsRow) bool { return d.Name == old && d.Attached && !d.Detaching })
	})
	brief, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	if err := insertEvents(brief, pool, newTestEvent(north, 2)); err != nil {
		t.Errorf("another writer: %v", err)
	}
	if err := insertEvents(brief, writing, newTestEvent(north, 3)); err != nil {
		t.Errorf("the open transaction: %v", err)
	}
	if err := writing.Commit(brief); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}

	if after := partitionNames(t, l); slices.Contains(after, old) || len(after) != len(days)-1 {
		t.Errorf("got %v", after)
	}
	waitUntilSettled(t, l, 3)
}

func TestExpiredPartitionsAreDroppedAndTheirPositionsNeedAResync(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	old, then := addPartition(t, pool, 40)
	recent, lately := addPartition(t, pool, 10)
	if err := insertEvents(t.Context(), pool, testEvent{newTestEvent(north, 1).Event, then}, testEvent{newTestEvent(north, 2).Event, then}); err != nil {
		t.Fatal(err)
	}
	if err := insertEvents(t.Context(), pool, testEvent{newTestEvent(north, 3).Event, lately}, newTestEvent(north, 4)); err != nil {
		t.Fatal(err)
	}
	list := waitUntilSettled(t, l, 4)
	startLog(t, l)
	behind := subscribe(t, l, list[0].String(), chainFilter())
	atHorizon := subscribe(t, l, list[1].String(), chainFilter())

	maintain(t, l)

	if names := partitionNames(t, l); slices.Contains(names, old) || !slices.Contains(names, recent) {
		t.Errorf("got %v", names)
	}
	if got, err := behind.Next(t.Context()); !errors.Is(err, ErrPositionExpired) {
		t.Errorf("a subscriber before the horizon got %v, %v", got, err)
	}
	if got := readNumbers(t, atHorizon, 2); !slices.Equal(got, []int{3, 4}) {
		t.Errorf("a subscriber at the horizon got %v", got)
	}
	if _, err := l.Subscribe(t.Context(), list[0].String(), chainFilter()); !errors.Is(err, ErrPositionExpired) {
		t.Errorf("subscribe: %v", err)
	}
	if _, err := l.ReadChanges(t.Context(), storeFilter(auth.SystemScope(), north), list[0].String(), 10); !errors.Is(err, ErrPositionExpired) {
		t.Errorf("changes: %v", err)
	}
	page, err := l.ReadChanges(t.Context(), storeFilter(auth.SystemScope(), north), list[1].String(), 10)
	if err != nil || len(page.Events) != 2 {
		t.Errorf("changes from the horizon: %v, %v", page, err)
	}
}

// A reader gets all events or ErrPositionExpired, never a gap.
func TestReaderSeesNoGapWhilePartitionsAreDropped(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	const days, each = 6, 40
	n := 0
	for ago := 35 + days; ago > 35; ago-- {
		_, noon := addPartition(t, pool, ago)
		var list []testEvent
		for range each {
			n++
			list = append(list, testEvent{newTestEvent(north, n).Event, noon})
		}
		if err := insertEvents(t.Context(), pool, list...); err != nil {
			t.Fatal(err)
		}
	}
	l := newTestLog(t, pool, func(c *Config) { c.MaxEvents = 1 })
	waitUntilSettled(t, l, days*each)
	done := make(chan error, 1)
	go func() { done <- l.Maintain(t.Context()) }()

	resyncs := 0
	for finished := false; !finished; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			finished = true
		default:
		}
		at, before := store.Position{}, 0
		for {
			list, upTo, _, err := l.readTable(t.Context(), at, chainFilter(), 7)
			if errors.Is(err, ErrPositionExpired) {
				resyncs++
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				if got := decodeNumber(t, e); got != before+1 {
					t.Fatalf("got %d after %d", got, before)
				}
				before++
			}
			if len(list) == 0 {
				break
			}
			at = upTo
		}
	}
	if resyncs == 0 {
		t.Error("no reader got ErrPositionExpired")
	}
}

func TestInterruptedDropIsFinishedNextTime(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	pending, _ := addPartition(t, pool, 40)
	detached, _ := addPartition(t, pool, 41)
	if _, err := pool.Exec(t.Context(), "ALTER TABLE events.event DETACH PARTITION events."+detached); err != nil {
		t.Fatal(err)
	}
	reader, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Rollback(t.Context())
	if _, err := reader.Exec(t.Context(), "SELECT FROM events.event"); err != nil {
		t.Fatal(err)
	}
	interrupted, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- l.Maintain(interrupted) }()
	eventually(t, "it waits for the reader", func() bool {
		days, err := l.table.q.listPartitions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(days, func(d listPartitionsRow) bool { return d.Name == pending && d.Detaching })
	})
	cancel()
	if err := <-done; err == nil {
		t.Error("it was not interrupted")
	}
	if err := reader.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}

	eventually(t, "the interrupted node's lock is gone and the days, too", func() bool {
		maintain(t, l)
		names := partitionNames(t, l)
		return !slices.Contains(names, pending) && !slices.Contains(names, detached)
	})
}

func TestOneNodeAtATimeMaintainsTheLog(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	one, other := newTestLog(t, openPool(t, url)), newTestLog(t, openPool(t, url))
	days := partitionNames(t, one)
	if _, err := one.config.Pool.Exec(t.Context(), "DROP TABLE events."+days[len(days)-1]); err != nil {
		t.Fatal(err)
	}
	if err := one.maintainer.exclusively(t.Context(), other.Maintain); err != nil {
		t.Fatal(err)
	}
	if got := partitionNames(t, one); len(got) != len(days)-1 {
		t.Errorf("got %v, want the other node to do nothing", got)
	}

	maintain(t, other)

	if got := partitionNames(t, one); len(got) != len(days) {
		t.Errorf("got %v, want the partition created now", got)
	}
}

func TestCommandResponsesAreDeletedAfterAWeek(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	now := time.Now()
	l := newTestLog(t, pool, func(c *Config) { c.Now = func() time.Time { return now } })
	if _, err := pool.Exec(t.Context(), `
		INSERT INTO events.command (actor_id, key, name, input_hash, answer, created_at)
		SELECT $1::uuid, 'old ' || n, 'x', ''::bytea, '{}'::jsonb, $2::timestamptz FROM generate_series(1, 2500) AS n
		UNION ALL SELECT $1, 'new ' || n, 'x', '', '{}', $3 FROM generate_series(1, 3) AS n`,
		north, now.Add(-store.IdempotencyKeyTTL-time.Second), now.Add(-store.IdempotencyKeyTTL+time.Minute)); err != nil {
		t.Fatal(err)
	}

	maintain(t, l)

	var left []string
	if err := pool.QueryRow(t.Context(), "SELECT array_agg(key ORDER BY key) FROM events.command").Scan(&left); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(left, []string{"new 1", "new 2", "new 3"}) {
		t.Errorf("%d are left: %.100v", len(left), left)
	}
}

func TestRunMaintenanceEndsWithItsContext(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	pool.Close() // an unavailable database does not end it earlier
	l := newTestLog(t, pool)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()

	if err := l.RunMaintenance(ctx); err != nil || ctx.Err() == nil {
		t.Errorf("got %v", err)
	}
}
