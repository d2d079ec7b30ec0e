package events

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
)

// sequence returns the numbers from a to b.
func sequence(a, b int) (list []int) {
	for n := a; n <= b; n++ {
		list = append(list, n)
	}
	return list
}

func errorCode(err error) store.Code {
	if userErr := new(store.UserError); errors.As(err, &userErr) {
		return userErr.Code
	}
	return ""
}

func TestSubscribeWithoutPositionStartsNow(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	startLog(t, l)
	first := subscribe(t, l, "", chainFilter())
	writeEvents(t, pool, north, 1)
	readNumbers(t, first, 1)

	s := subscribe(t, l, "", chainFilter())
	writeEvents(t, pool, north, 2, 3)

	if got := readNumbers(t, s, 2); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("got %v, want the events after it subscribed", got)
	}
}

func TestEventsAreDeliveredOnlyWhenSettled(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	startLog(t, l)
	s := subscribe(t, l, "", chainFilter())
	early, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer early.Rollback(t.Context())
	if err := insertEvents(t.Context(), early, newTestEvent(north, 1)); err != nil {
		t.Fatal(err)
	}
	writeEvents(t, pool, north, 2)

	brief, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if batch, err := s.Next(brief); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, %v while an earlier transaction is open", batch, err)
	}
	if err := early.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}

	if got := readNumbers(t, s, 2); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("got %v, want 1, which began first, then 2", got)
	}
}

func TestSubscribeResumesAtAnyPosition(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	for name, change := range map[string]func(*Config){
		"in the ring":       func(*Config) {},
		"behind the ring":   func(c *Config) { c.MaxEvents = 3 },
		"at the ring's end": func(c *Config) { c.MaxEvents = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newTestLog(t, pool, change)
			startLog(t, l)
			of := store.NewID()
			first := subscribe(t, l, "", chainFilter(of))
			writeEvents(t, pool, of, sequence(1, 20)...)
			var cursors []string
			for range 20 {
				one, err := l.ReadChanges(t.Context(), storeFilter(auth.SystemScope(), of), lastOrBeginning(cursors), 1)
				for err == nil && len(one.Events) == 0 {
					one, err = l.ReadChanges(t.Context(), storeFilter(auth.SystemScope(), of), lastOrBeginning(cursors), 1)
				}
				if err != nil {
					t.Fatal(err)
				}
				cursors = append(cursors, one.Events[0].String())
			}
			readNumbers(t, first, 20)

			for i, cursor := range cursors[:19] {
				if got := readNumbers(t, subscribe(t, l, cursor, chainFilter(of)), 19-i); !slices.Equal(got, sequence(i+2, 20)) {
					t.Errorf("after %d: got %v", i+1, got)
				}
			}
		})
	}
}

func lastOrBeginning(cursors []string) string {
	if len(cursors) == 0 {
		return beginning
	}
	return cursors[len(cursors)-1]
}

func TestReadingTheRingNeedsNoStatement(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool, func(c *Config) { c.MaxEvents = 3 })
	startLog(t, l)
	quiet := subscribe(t, l, "", chainFilter(south))
	_, end, _ := l.ring.bounds()
	s := subscribe(t, l, "", chainFilter(north))
	writeEvents(t, pool, north, sequence(1, 10)...)
	readNumbers(t, s, 10)
	eventually(t, "the ring has all events and has evicted the first", func() bool {
		_, end, _ := l.ring.bounds()
		return !end.Before(s.cursor.at) && s.cursor.at.Compare(l.ring.shards[north].evicted) > 0
	})
	ctx, statements := store.WithStatementCounter(t.Context())

	again, err := l.Subscribe(ctx, s.cursor.at.String(), chainFilter(north))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	resumed, err := l.Subscribe(ctx, end.String(), chainFilter(south))
	if err != nil {
		t.Fatal(err)
	}
	defer resumed.Close()
	writeEvents(t, pool, north, 11)
	writeEvents(t, pool, south, 12)
	for _, s := range []*Subscription{again, quiet, resumed} {
		if _, err := s.Next(ctx); err != nil {
			t.Fatal(err)
		}
	}

	if n := statements.Count(); n != 0 {
		t.Errorf("%d statements, want none: a quiet store's subscriber misses no evicted event", n)
	}
}

func TestSlowSubscriberSwitchesBetweenTableAndRingWithoutLoss(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool, func(c *Config) { c.MaxEvents = 7 })
	startLog(t, l)
	s := subscribe(t, l, "", chainFilter(north))
	quick := subscribe(t, l, "", chainFilter(north))
	var got []int
	for round := range 10 {
		writeEvents(t, pool, north, sequence(round*10+1, round*10+10)...)
		readNumbers(t, quick, 10)
		batch := readNumbers(t, s, 1)
		got = append(got, batch...)
	}

	if len(got) < 100 {
		rest := readNumbers(t, s, 100-len(got))
		got = append(got, rest...)
	}

	if diff := cmp.Diff(sequence(1, 100), got); diff != "" {
		t.Error(diff)
	}
	expectNoMoreEvents(t, s)
}

func TestOldPositionIsReadInPages(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	const many = 1200
	if _, err := pool.Exec(t.Context(), `
		INSERT INTO events.event (id, type, store_id, everyone, subject_id, occurred_at, data)
		SELECT gen_random_uuid(), 'TASK_STARTED', $1, false, $1, now(), to_jsonb(n) FROM generate_series(1, $2::int) AS n`, north, many); err != nil {
		t.Fatal(err)
	}
	hydrated := 0
	l := newTestLog(t, pool, func(c *Config) {
		c.Hydrate = func(_ context.Context, batch []*Event) error {
			for _, e := range batch {
				e.References, hydrated = true, hydrated+1
			}
			return nil
		}
	})
	eventually(t, "it is settled", func() bool {
		end, err := l.table.lastPosition(t.Context())
		return err == nil && end != store.Position{}
	})
	startLog(t, l)

	got := readNumbers(t, subscribe(t, l, store.Position{}.String(), chainFilter()), many)

	if !slices.Equal(got, sequence(1, many)) || hydrated != many {
		t.Errorf("got %d events, %d of them hydrated", len(got), hydrated)
	}
}

func TestInvalidPositionsAreRejected(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	startLog(t, l)
	for after, want := range map[string]store.Code{
		"nonsense": store.CodeInvalid,
		store.Position{XID: 1 << 40, Seq: 1}.String(): store.CodeResyncRequired, // of another history of the database
	} {
		if _, err := l.Subscribe(t.Context(), after, chainFilter()); errorCode(err) != want {
			t.Errorf("subscribe after %q: got %v, want %s", after, err, want)
		}
		if _, err := l.ReadChanges(t.Context(), storeFilter(auth.SystemScope(), north), after, 10); errorCode(err) != want {
			t.Errorf("changes after %q: got %v, want %s", after, err, want)
		}
	}
	if _, err := l.Subscribe(t.Context(), store.Position{XID: 1 << 40, Seq: 1}.String(), chainFilter()); !errors.Is(err, ErrUnknownPosition) {
		t.Errorf("of another database: %v", err)
	}
}

func TestSnapshotXminIsAValidPosition(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	startLog(t, l)
	writeEvents(t, pool, north, 1)
	var xmin int64
	eventually(t, "it is settled", func() bool {
		var n int
		err := pool.QueryRow(t.Context(), `SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
			(SELECT count(*) FROM events.event WHERE xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)`).Scan(&xmin, &n)
		return err == nil && n == 1
	})

	s := subscribe(t, l, store.Position{XID: xmin}.String(), chainFilter())
	writeEvents(t, pool, north, 2)

	if got := readNumbers(t, s, 1); !slices.Equal(got, []int{2}) {
		t.Errorf("got %v, want 2", got)
	}
}

func TestSubscribeWaitsForTheTailer(t *testing.T) {
	t.Parallel()
	l := newTestLog(t, openPool(t, pgtest.New(t)))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()

	if _, err := l.Subscribe(ctx, "", chainFilter()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestLogLeavesNoGoroutine(t *testing.T) {
	pool := openPool(t, pgtest.New(t))
	client := newRedis(t).client(t)
	before := goleak.IgnoreCurrent()
	l := newTestLog(t, pool, func(c *Config) { c.Redis = client })
	stop := startLog(t, l)
	for range 100 {
		s := subscribe(t, l, "", chainFilter(uuid.New()))
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Next(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		s.Close()
	}

	stop()

	goleak.VerifyNone(t, before)
	for _, shard := range l.ring.shards {
		if len(shard.waiting) > 0 {
			t.Error("a closed subscription is still registered")
		}
	}
}

// A restored database assigns the transaction ids of lost events to other events.
func TestPositionOfAMissingEventNeedsAResync(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	writeEvents(t, pool, north, 1, 2, 3)
	list := waitUntilSettled(t, l, 3)
	lost, next := list[1].Position, list[2].Position
	if _, err := pool.Exec(t.Context(), "DELETE FROM events.event WHERE data = '2'"); err != nil {
		t.Fatal(err)
	}
	startLog(t, l)

	_, subscribed := l.Subscribe(t.Context(), lost.String(), chainFilter())
	_, changed := l.ReadChanges(t.Context(), storeFilter(auth.SystemScope(), north), lost.String(), 10)

	if !errors.Is(subscribed, ErrUnknownPosition) || !errors.Is(changed, ErrUnknownPosition) {
		t.Errorf("after the lost event: subscribe %v, changes %v", subscribed, changed)
	}
	if _, err := l.ReadChanges(t.Context(), storeFilter(auth.SystemScope(), north), next.String(), 10); err != nil {
		t.Errorf("after the one that is there: %v", err)
	}
}
