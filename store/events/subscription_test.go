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

// count gives the numbers from a to b.
func count(a, b int) (list []int) {
	for n := a; n <= b; n++ {
		list = append(list, n)
	}
	return list
}

func code(err error) store.Code {
	if broken := new(store.UserError); errors.As(err, &broken) {
		return broken.Code
	}
	return ""
}

func TestSubscriptionBeginsNow(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	run(t, l)
	first := subscribe(t, l, "", system())
	write(t, pool, north, 1)
	numbers(t, first, 1)

	s := subscribe(t, l, "", system())
	write(t, pool, north, 2, 3)

	if got := numbers(t, s, 2); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("got %v, want what came after it subscribed", got)
	}
}

func TestNothingIsDeliveredBeforeItIsSettled(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	run(t, l)
	s := subscribe(t, l, "", system())
	early, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer early.Rollback(t.Context())
	if err := tell(t.Context(), early, of(north, 1)); err != nil {
		t.Fatal(err)
	}
	write(t, pool, north, 2)

	brief, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if batch, err := s.Next(brief); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, %v while an earlier transaction is open", batch, err)
	}
	if err := early.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}

	if got := numbers(t, s, 2); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("got %v, want 1, which began first, then 2", got)
	}
}

func TestSubscriptionResumesExactly(t *testing.T) {
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
			run(t, l)
			of := store.NewID()
			first := subscribe(t, l, "", system(of))
			write(t, pool, of, count(1, 20)...)
			var cursors []string
			for range 20 {
				one, err := l.ReadChanges(t.Context(), ofStore(auth.SystemScope(), of), last(cursors), 1)
				for err == nil && len(one.Events) == 0 {
					one, err = l.ReadChanges(t.Context(), ofStore(auth.SystemScope(), of), last(cursors), 1)
				}
				if err != nil {
					t.Fatal(err)
				}
				cursors = append(cursors, one.Events[0].String())
			}
			numbers(t, first, 20)

			for i, cursor := range cursors[:19] {
				if got := numbers(t, subscribe(t, l, cursor, system(of)), 19-i); !slices.Equal(got, count(i+2, 20)) {
					t.Errorf("after %d: got %v", i+1, got)
				}
			}
		})
	}
}

func last(cursors []string) string {
	if len(cursors) == 0 {
		return ""
	}
	return cursors[len(cursors)-1]
}

func TestFollowingTheRingCostsNoStatement(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool, func(c *Config) { c.MaxEvents = 3 })
	run(t, l)
	quiet := subscribe(t, l, "", system(south))
	_, end, _ := l.ring.reach()
	s := subscribe(t, l, "", system(north))
	write(t, pool, north, count(1, 10)...)
	numbers(t, s, 10)
	eventually(t, "the ring has all of them, and has let go of the first", func() bool {
		_, end, _ := l.ring.reach()
		return !end.Before(s.at) && s.at.Compare(l.ring.lanes[north].evicted) > 0
	})
	ctx, statements := store.WithStatementCounter(t.Context())

	again, err := l.Subscribe(ctx, s.at.String(), system(north))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	resumed, err := l.Subscribe(ctx, end.String(), system(south))
	if err != nil {
		t.Fatal(err)
	}
	defer resumed.Close()
	write(t, pool, north, 11)
	write(t, pool, south, 12)
	for _, s := range []*Subscription{again, quiet, resumed} {
		if _, err := s.Next(ctx); err != nil {
			t.Fatal(err)
		}
	}

	if n := statements.Count(); n != 0 {
		t.Errorf("%d statements, want none: a quiet store's subscriber misses nothing that was evicted", n)
	}
}

func TestSlowSubscriberLosesAndDoublesNothingAtTheSeam(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool, func(c *Config) { c.MaxEvents = 7 })
	run(t, l)
	s := subscribe(t, l, "", system(north))
	quick := subscribe(t, l, "", system(north))
	var got []int
	for round := range 10 {
		write(t, pool, north, count(round*10+1, round*10+10)...)
		numbers(t, quick, 10)
		batch := numbers(t, s, 1)
		got = append(got, batch...)
	}

	if len(got) < 100 {
		rest := numbers(t, s, 100-len(got))
		got = append(got, rest...)
	}

	if diff := cmp.Diff(count(1, 100), got); diff != "" {
		t.Error(diff)
	}
	silent(t, s)
}

func TestLongWayBackIsReadInPages(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	const many = 1200
	if _, err := pool.Exec(t.Context(), `
		INSERT INTO events.event (id, type, store_id, everyone, subject_id, occurred_at, data)
		SELECT gen_random_uuid(), 'TASK_STARTED', $1, false, $1, now(), to_jsonb(n) FROM generate_series(1, $2::int) AS n`, north, many); err != nil {
		t.Fatal(err)
	}
	related := 0
	l := newTestLog(t, pool, func(c *Config) {
		c.Hydrate = func(_ context.Context, batch []*Event) error {
			for _, e := range batch {
				e.References, related = true, related+1
			}
			return nil
		}
	})
	eventually(t, "it is settled", func() bool { end, err := l.end(t.Context()); return err == nil && end != store.Position{} })
	run(t, l)

	got := numbers(t, subscribe(t, l, store.Position{}.String(), system()), many)

	if !slices.Equal(got, count(1, many)) || related != many {
		t.Errorf("got %d events, %d of them related", len(got), related)
	}
}

func TestPositionOfNoUseIsRefused(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	run(t, l)
	for after, want := range map[string]store.Code{
		"nonsense": store.CodeInvalid,
		store.Position{XID: 1 << 40, Seq: 1}.String(): store.CodeResyncRequired, // of another life of the database
	} {
		if _, err := l.Subscribe(t.Context(), after, system()); code(err) != want {
			t.Errorf("subscribe after %q: got %v, want %s", after, err, want)
		}
		if _, err := l.ReadChanges(t.Context(), ofStore(auth.SystemScope(), north), after, 10); code(err) != want {
			t.Errorf("changes after %q: got %v, want %s", after, err, want)
		}
	}
	if _, err := l.Subscribe(t.Context(), store.Position{XID: 1 << 40, Seq: 1}.String(), system()); !errors.Is(err, ErrUnknownPosition) {
		t.Errorf("of another life: %v", err)
	}
}

func TestPositionOfASnapshotIsAPlaceToBegin(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	run(t, l)
	write(t, pool, north, 1)
	var xmin int64
	eventually(t, "it is settled", func() bool {
		var n int
		err := pool.QueryRow(t.Context(), `SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
			(SELECT count(*) FROM events.event WHERE xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)`).Scan(&xmin, &n)
		return err == nil && n == 1
	})

	s := subscribe(t, l, store.Position{XID: xmin}.String(), system())
	write(t, pool, north, 2)

	if got := numbers(t, s, 1); !slices.Equal(got, []int{2}) {
		t.Errorf("got %v, want 2", got)
	}
}

func TestSubscribingWaitsForTheLogToBeRead(t *testing.T) {
	t.Parallel()
	l := newTestLog(t, openPool(t, pgtest.New(t)))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()

	if _, err := l.Subscribe(ctx, "", system()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestLogLeavesNoGoroutine(t *testing.T) {
	pool := openPool(t, pgtest.New(t))
	client := newRedis(t).client(t)
	before := goleak.IgnoreCurrent()
	l := newTestLog(t, pool, func(c *Config) { c.Redis = client })
	stop := run(t, l)
	for range 100 {
		s := subscribe(t, l, "", system(uuid.New()))
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Next(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		s.Close()
	}

	stop()

	goleak.VerifyNone(t, before)
	for _, lane := range l.ring.lanes {
		if len(lane.waiting) > 0 {
			t.Error("a closed subscription is still waited for")
		}
	}
}

// A database that is restored from a backup gives the transaction ids of the events that it has lost to other events.
func TestPositionOfAnEventThatIsNotThereAsksForAResync(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	write(t, pool, north, 1, 2, 3)
	list := settle(t, l, 3)
	lost, next := list[1].Position, list[2].Position
	if _, err := pool.Exec(t.Context(), "DELETE FROM events.event WHERE data = '2'"); err != nil {
		t.Fatal(err)
	}
	run(t, l)

	_, subscribed := l.Subscribe(t.Context(), lost.String(), system())
	_, changed := l.ReadChanges(t.Context(), ofStore(auth.SystemScope(), north), lost.String(), 10)

	if !errors.Is(subscribed, ErrUnknownPosition) || !errors.Is(changed, ErrUnknownPosition) {
		t.Errorf("after the lost event: subscribe %v, changes %v", subscribed, changed)
	}
	if _, err := l.ReadChanges(t.Context(), ofStore(auth.SystemScope(), north), next.String(), 10); err != nil {
		t.Errorf("after the one that is there: %v", err)
	}
}
