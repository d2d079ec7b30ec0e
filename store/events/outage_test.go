package events

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"aisle/app/localpg/pgtest"
	"aisle/store"
)

// notes keeps what was logged.
type notes struct {
	mu   sync.Mutex
	text strings.Builder
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) count(word string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Count(n.text.String(), word)
}

func TestTerminatedConnectionsLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	pool := openPool(t, url)
	admin, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context()) //nolint:errcheck // the database goes, too
	log := &notes{}
	l := newTestLog(t, pool, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	run(t, l)
	s := subscribe(t, l, "", system())
	const rounds, each = 5, 20
	done := make(chan struct{})
	go func() {
		defer close(done)
		for round := range rounds {
			write(t, admin, north, count(round*each+1, (round+1)*each)...)
			if _, err := admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
				t.Error(err)
			}
		}
	}()

	got := numbers(t, s, rounds*each)

	<-done
	if !slices.Equal(got, count(1, rounds*each)) {
		t.Errorf("got %v", got)
	}
	silent(t, s)
	if away, back := log.count("cannot be read"), log.count("is read again"); away > rounds || away-back > 1 {
		t.Errorf("%d outages and %d ends of them were logged", away, back)
	}
}

func TestFailingRelateHoldsEventsBackUntilItWorks(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	failures := 2
	log := &notes{}
	l := newTestLog(t, pool, func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(log, nil))
		c.Hydrate = func(_ context.Context, batch []*Event) error {
			failures--
			if failures >= 0 {
				return errors.New("the names of the products are away")
			}
			for _, e := range batch {
				e.References = "related"
			}
			return nil
		}
	})
	run(t, l)
	s := subscribe(t, l, "", system())
	write(t, pool, north, 1)

	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	batch, err := s.Next(ctx)

	if err != nil || len(batch) != 1 || batch[0].References != "related" {
		t.Errorf("got %v, %v", batch, err)
	}
	if n := log.count("cannot be read"); n != 1 {
		t.Errorf("the outage was logged %d times", n)
	}
}

// A replica that was promoted may lack the end of the log, and new connections may lead to it without one that breaks.
func TestALogThatIsAnotherOneIsNoticedWithoutAnOutage(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	run(t, l)
	s := subscribe(t, l, "", system())
	write(t, pool, north, 1, 2)
	numbers(t, s, 2)
	told := make(chan error, 1)
	go func() { _, err := s.Next(t.Context()); told <- err }()

	if _, err := pool.Exec(t.Context(), "DELETE FROM events.event WHERE seq = (SELECT max(seq) FROM events.event)"); err != nil {
		t.Fatal(err)
	}

	if err := <-told; !errors.Is(err, ErrUnknownPosition) {
		t.Errorf("who followed got %v, want ErrForeign", err)
	}
}

// A database that was restored from a backup has transaction ids that are before those that were read.
func TestRestoredDatabaseIsFollowedAnewAndTold(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	future := store.Position{XID: 1 << 40, Seq: 1}
	l.ring.start(future)
	t1 := &tailer{Log: l, at: future, begun: true, lost: true}
	close(l.started)
	s := subscribe(t, l, "", system())
	told := make(chan error, 1)
	go func() { _, err := s.Next(t.Context()); told <- err }()
	write(t, pool, north, 1)
	settle(t, l, 1)

	if err := t1.begin(t.Context()); err != nil {
		t.Fatal(err)
	}

	if err := <-told; !errors.Is(err, ErrUnknownPosition) {
		t.Errorf("who followed got %v, want ErrForeign", err)
	}
	again := subscribe(t, l, "", system())
	write(t, pool, north, 2)
	eventually(t, "the tailer reads", func() bool {
		if _, _, err := t1.step(t.Context()); err != nil {
			t.Fatal(err)
		}
		return t1.ring.newest.Compare(again.at) > 0
	})
	if got := numbers(t, again, 1); !slices.Equal(got, []int{2}) {
		t.Errorf("who subscribes anew gets %v", got)
	}
}

func TestWhatWaitsBehindALongTransactionIsNotReadWhole(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	t1 := &tailer{Log: l, settling: shortest}
	long, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer long.Rollback(t.Context())
	if err := tell(t.Context(), long, of(north, 1)); err != nil {
		t.Fatal(err)
	}
	write(t, pool, north, count(2, 30)...)

	step := func() (bell bool) {
		_, bell, err := t1.step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return bell
	}
	for range 10 {
		if step() {
			t.Error("it waits for the bell, though more is committed already")
		}
	}
	if t1.settling != longest {
		t.Errorf("it looks every %v, want every %v", t1.settling, longest)
	}
	if err := long.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}

	eventually(t, "all is read", func() bool { step(); return len(l.ring.all.events) == 30 })
}

func TestWhoIsBehindWaitsWhilePostgreSQLIsAway(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	pool := openPool(t, url)
	admin, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context()) //nolint:errcheck // the database goes, too
	write(t, admin, north, 1, 2, 3)
	l := newTestLog(t, pool)
	settle(t, l, 3)
	run(t, l)
	s := subscribe(t, l, store.Position{}.String(), system())
	if _, err := admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}

	if got := numbers(t, s, 3); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("got %v", got)
	}
}

// A backup that is older than a week has no partition of today: until there is one nothing can be written.
func TestRestoredDatabaseCanBeWrittenToAtOnce(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	future := store.Position{XID: 1 << 40, Seq: 1}
	l.ring.start(future)
	for _, name := range tables(t, l) {
		if _, err := pool.Exec(t.Context(), "DROP TABLE events."+name); err != nil {
			t.Fatal(err)
		}
	}
	if err := tell(t.Context(), pool, of(north, 1)); err == nil {
		t.Fatal("there is a partition of today")
	}

	if err := (&tailer{Log: l, at: future, begun: true, lost: true}).begin(t.Context()); err != nil {
		t.Fatal(err)
	}

	if err := tell(t.Context(), pool, of(north, 1)); err != nil {
		t.Error(err)
	}
}
