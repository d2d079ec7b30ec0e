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

// addDay makes the partition of a day so many days ago.
func addDay(tb testing.TB, pool *postgres.Pool, ago int) (name string, noon time.Time) {
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

func tables(tb testing.TB, l *Log) (names []string) {
	tb.Helper()
	days, err := l.q.listPartitions(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	for _, day := range days {
		names = append(names, day.Name)
	}
	return names
}

// settle waits until so many events are settled, and gives them.
func settle(tb testing.TB, l *Log, n int) (list []*Event) {
	tb.Helper()
	eventually(tb, "events are settled", func() bool {
		var err error
		if list, _, err = l.page(tb.Context(), store.Position{}, system(), 1000); err != nil {
			tb.Fatal(err)
		}
		return len(list) == n
	})
	return list
}

func keep(tb testing.TB, l *Log) {
	tb.Helper()
	if err := l.Maintain(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

func TestPartitionsAreMadeAWeekAhead(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	before := tables(t, l)
	gone := before[len(before)-2:]
	for _, name := range gone {
		if _, err := pool.Exec(t.Context(), "DROP TABLE events."+name); err != nil {
			t.Fatal(err)
		}
	}

	keep(t, l)
	keep(t, l) // the second time there is nothing to do

	if after := tables(t, l); !slices.Equal(after, before) || len(after) < 8 {
		t.Errorf("got %v, want %v", after, before)
	}
}

func TestWritersGoOnWhilePartitionsAreMadeAndRemoved(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	old, _ := addDay(t, pool, 40)
	days := tables(t, l)
	if _, err := pool.Exec(t.Context(), "DROP TABLE events."+days[len(days)-1]); err != nil {
		t.Fatal(err)
	}
	writing, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer writing.Rollback(t.Context())
	if err := tell(t.Context(), writing, of(north, 1)); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- l.Maintain(t.Context()) }()

	eventually(t, "the old day is being taken out", func() bool {
		list, err := l.q.listPartitions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return !slices.ContainsFunc(list, func(d listPartitionsRow) bool { return d.Name == old && d.Attached && !d.Detaching })
	})
	brief, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	if err := tell(brief, pool, of(north, 2)); err != nil {
		t.Errorf("another writer: %v", err)
	}
	if err := tell(brief, writing, of(north, 3)); err != nil {
		t.Errorf("the writer that was at it: %v", err)
	}
	if err := writing.Commit(brief); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}

	if after := tables(t, l); slices.Contains(after, old) || len(after) != len(days)-1 {
		t.Errorf("got %v", after)
	}
	settle(t, l, 3)
}

func TestOldDaysGoAndTheirPositionsAskForAResync(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	old, then := addDay(t, pool, 40)
	kept, lately := addDay(t, pool, 10)
	if err := tell(t.Context(), pool, told{of(north, 1).Event, then}, told{of(north, 2).Event, then}); err != nil {
		t.Fatal(err)
	}
	if err := tell(t.Context(), pool, told{of(north, 3).Event, lately}, of(north, 4)); err != nil {
		t.Fatal(err)
	}
	list := settle(t, l, 4)
	run(t, l)
	behind := subscribe(t, l, list[0].String(), system())
	atHorizon := subscribe(t, l, list[1].String(), system())

	keep(t, l)

	if names := tables(t, l); slices.Contains(names, old) || !slices.Contains(names, kept) {
		t.Errorf("got %v", names)
	}
	if got, err := behind.Next(t.Context()); !errors.Is(err, ErrPositionExpired) {
		t.Errorf("a subscriber with a gap behind it got %v, %v", got, err)
	}
	if got := numbers(t, atHorizon, 2); !slices.Equal(got, []int{3, 4}) {
		t.Errorf("a subscriber without a gap got %v", got)
	}
	if _, err := l.Subscribe(t.Context(), list[0].String(), system()); !errors.Is(err, ErrPositionExpired) {
		t.Errorf("subscribe: %v", err)
	}
	if _, err := l.ReadChanges(t.Context(), ofStore(auth.SystemScope(), north), list[0].String(), 10); !errors.Is(err, ErrPositionExpired) {
		t.Errorf("changes: %v", err)
	}
	page, err := l.ReadChanges(t.Context(), ofStore(auth.SystemScope(), north), "", 10)
	if err != nil || len(page.Events) != 2 {
		t.Errorf("changes from the start: %v, %v", page, err)
	}
}

// Whoever reads the table while its days go sees everything or is told: never a gap.
func TestReaderSeesNoGapWhileDaysGo(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	const days, each = 6, 40
	n := 0
	for ago := 35 + days; ago > 35; ago-- {
		_, noon := addDay(t, pool, ago)
		var list []told
		for range each {
			n++
			list = append(list, told{of(north, n).Event, noon})
		}
		if err := tell(t.Context(), pool, list...); err != nil {
			t.Fatal(err)
		}
	}
	l := newTestLog(t, pool, func(c *Config) { c.MaxEvents = 1 })
	settle(t, l, days*each)
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
			list, upTo, err := l.page(t.Context(), at, system(), 7)
			if errors.Is(err, ErrPositionExpired) {
				resyncs++
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				if got := number(t, e); got != before+1 {
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
		t.Error("nobody was told")
	}
}

func TestDayWhoseRemovalWasInterruptedGoesTheNextTime(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	pending, _ := addDay(t, pool, 40)
	detached, _ := addDay(t, pool, 41)
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
		days, err := l.q.listPartitions(t.Context())
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
		keep(t, l)
		names := tables(t, l)
		return !slices.Contains(names, pending) && !slices.Contains(names, detached)
	})
}

func TestOneNodeAtATimeLooksAfterTheLog(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	one, other := newTestLog(t, openPool(t, url)), newTestLog(t, openPool(t, url))
	days := tables(t, one)
	if _, err := one.config.Pool.Exec(t.Context(), "DROP TABLE events."+days[len(days)-1]); err != nil {
		t.Fatal(err)
	}
	if err := one.alone(t.Context(), other.Maintain); err != nil {
		t.Fatal(err)
	}
	if got := tables(t, one); len(got) != len(days)-1 {
		t.Errorf("got %v, want the other to leave it", got)
	}

	keep(t, other)

	if got := tables(t, one); len(got) != len(days) {
		t.Errorf("got %v, want it made now", got)
	}
}

func TestKeptAnswersGoAfterAWeek(t *testing.T) {
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

	keep(t, l)

	var left []string
	if err := pool.QueryRow(t.Context(), "SELECT array_agg(key ORDER BY key) FROM events.command").Scan(&left); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(left, []string{"new 1", "new 2", "new 3"}) {
		t.Errorf("%d are left: %.100v", len(left), left)
	}
}

func TestKeepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	pool.Close() // not even a database that is away ends it before
	l := newTestLog(t, pool)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()

	if err := l.RunMaintenance(ctx); err != nil || ctx.Err() == nil {
		t.Errorf("got %v", err)
	}
}
