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

// A logBuffer collects log output.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (n *logBuffer) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *logBuffer) count(word string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Count(n.text.String(), word)
}

func TestTerminatedConnectionsLoseAndDuplicateNothing(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	pool := openPool(t, url)
	admin, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context()) //nolint:errcheck // the test drops the database
	log := &logBuffer{}
	l := newTestLog(t, pool, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	startLog(t, l)
	s := subscribe(t, l, "", chainFilter())
	const rounds, each = 5, 20
	done := make(chan struct{})
	go func() {
		defer close(done)
		for round := range rounds {
			writeEvents(t, admin, north, sequence(round*each+1, (round+1)*each)...)
			if _, err := admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
				t.Error(err)
			}
		}
	}()

	got := readNumbers(t, s, rounds*each)

	<-done
	if !slices.Equal(got, sequence(1, rounds*each)) {
		t.Errorf("got %v", got)
	}
	expectNoMoreEvents(t, s)
	if away, back := log.count("cannot read the event log"), log.count("reading the event log again"); away > rounds || away-back > 1 {
		t.Errorf("%d outages and %d recoveries were logged", away, back)
	}
}

func TestFailingHydrateDelaysEvents(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	failures := 2
	log := &logBuffer{}
	l := newTestLog(t, pool, func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(log, nil))
		c.Hydrate = func(_ context.Context, batch []*Event) error {
			failures--
			if failures >= 0 {
				return errors.New("the products are not available")
			}
			for _, e := range batch {
				e.References = "hydrated"
			}
			return nil
		}
	})
	startLog(t, l)
	s := subscribe(t, l, "", chainFilter())
	writeEvents(t, pool, north, 1)

	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	batch, err := s.Next(ctx)

	if err != nil || len(batch) != 1 || batch[0].References != "hydrated" {
		t.Errorf("got %v, %v", batch, err)
	}
	if n := log.count("cannot read the event log"); n != 1 {
		t.Errorf("the outage was logged %d times", n)
	}
}

// A promoted replica may lack the end of the log, and no open connection need break.
func TestReplacedLogIsDetectedWithoutAnOutage(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	startLog(t, l)
	s := subscribe(t, l, "", chainFilter())
	writeEvents(t, pool, north, 1, 2)
	readNumbers(t, s, 2)
	ended := make(chan error, 1)
	go func() { _, err := s.Next(t.Context()); ended <- err }()

	if _, err := pool.Exec(t.Context(), "DELETE FROM events.event WHERE seq = (SELECT max(seq) FROM events.event)"); err != nil {
		t.Fatal(err)
	}

	if err := <-ended; !errors.Is(err, ErrUnknownPosition) {
		t.Errorf("the subscriber got %v, want ErrUnknownPosition", err)
	}
}

// resumeAt makes the tailer continue at a position after an interruption.
func resumeAt(l *Log, p store.Position) {
	l.tailer.at, l.tailer.hasStarted, l.tailer.interrupted = p, true, true
}

// The transaction ids of a restored database are lower than those that were read before.
func TestRestoredDatabaseRequiresAResync(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	future := store.Position{XID: 1 << 40, Seq: 1}
	l.ring.reset(future)
	resumeAt(l, future)
	close(l.tailer.started)
	s := subscribe(t, l, "", chainFilter())
	ended := make(chan error, 1)
	go func() { _, err := s.Next(t.Context()); ended <- err }()
	writeEvents(t, pool, north, 1)
	waitUntilSettled(t, l, 1)

	if err := l.tailer.start(t.Context()); err != nil {
		t.Fatal(err)
	}

	if err := <-ended; !errors.Is(err, ErrUnknownPosition) {
		t.Errorf("the subscriber got %v, want ErrUnknownPosition", err)
	}
	resubscribed := subscribe(t, l, "", chainFilter())
	writeEvents(t, pool, north, 2)
	eventually(t, "the tailer reads", func() bool {
		if _, _, err := l.tailer.step(t.Context()); err != nil {
			t.Fatal(err)
		}
		return l.ring.newest.Compare(resubscribed.cursor.at) > 0
	})
	if got := readNumbers(t, resubscribed, 1); !slices.Equal(got, []int{2}) {
		t.Errorf("a new subscriber gets %v", got)
	}
}

func TestTailerReadsOneRowBehindALongTransaction(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	long, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer long.Rollback(t.Context())
	if err := insertEvents(t.Context(), long, newTestEvent(north, 1)); err != nil {
		t.Fatal(err)
	}
	writeEvents(t, pool, north, sequence(2, 30)...)

	step := func() (untilNotified bool) {
		_, untilNotified, err := l.tailer.step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return untilNotified
	}
	for range 10 {
		if step() {
			t.Error("it waits for a notification, though more events are committed")
		}
	}
	if l.tailer.settleDelay != maxSettleDelay {
		t.Errorf("the delay is %v, want %v", l.tailer.settleDelay, maxSettleDelay)
	}
	if err := long.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}

	eventually(t, "all is read", func() bool { step(); return len(l.ring.all.events) == 30 })
}

func TestSubscriptionReadingTheTableSurvivesAnOutage(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	pool := openPool(t, url)
	admin, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context()) //nolint:errcheck // the test drops the database
	writeEvents(t, admin, north, 1, 2, 3)
	l := newTestLog(t, pool)
	waitUntilSettled(t, l, 3)
	startLog(t, l)
	s := subscribe(t, l, store.Position{}.String(), chainFilter())
	if _, err := admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}

	if got := readNumbers(t, s, 3); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("got %v", got)
	}
}

// A backup that is older than a week has no partition for today, so no event can be inserted.
func TestRestoredDatabaseGetsTodaysPartition(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	future := store.Position{XID: 1 << 40, Seq: 1}
	l.ring.reset(future)
	for _, name := range partitionNames(t, l) {
		if _, err := pool.Exec(t.Context(), "DROP TABLE events."+name); err != nil {
			t.Fatal(err)
		}
	}
	if err := insertEvents(t.Context(), pool, newTestEvent(north, 1)); err == nil {
		t.Fatal("there is a partition of today")
	}

	resumeAt(l, future)
	if err := l.tailer.start(t.Context()); err != nil {
		t.Fatal(err)
	}

	if err := insertEvents(t.Context(), pool, newTestEvent(north, 1)); err != nil {
		t.Error(err)
	}
}
