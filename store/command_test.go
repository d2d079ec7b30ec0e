package store_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aisle/app/localpg/pgtest"
	"aisle/store"
	"aisle/store/postgres"
)

// desk is a database with a command runner.
type desk struct {
	pool     *postgres.Pool
	commands *store.CommandRunner
	now      time.Time
	rings    atomic.Int32
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	d := &desk{pool: pool, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	d.commands = store.NewCommandRunner(pool, func() time.Time { return d.now }, func(context.Context, uuid.UUID, store.Position) { d.rings.Add(1) })
	return d
}

func (d *desk) count(t *testing.T, sql string) (n int) {
	t.Helper()
	if err := d.pool.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (d *desk) events(t *testing.T) int {
	t.Helper()
	return d.count(t, "SELECT count(*) FROM events.event")
}

// note is a command that emits one event.
func note(text string) func(context.Context, *store.Tx) (string, error) {
	return func(_ context.Context, tx *store.Tx) (string, error) {
		tx.Emit(store.NewChainEvent(store.EventProductUpdated, store.NewID(), text))
		return text, nil
	}
}

func keyed(key string, input any) store.Command {
	return store.Command{Name: "note", ActorID: uuid.Max, IdempotencyKey: &key, Input: input}
}

func code(err error) store.Code {
	if broken := new(store.UserError); errors.As(err, &broken) {
		return broken.Code
	}
	return ""
}

func TestReplayReturnsTheStoredResponse(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first, err := store.Run(t.Context(), d.commands, keyed("k", "same"), note("first"))
	if err != nil {
		t.Fatal(err)
	}

	again, err := store.Run(t.Context(), d.commands, keyed("k", "same"), note("second"))

	if err != nil || again != first || d.events(t) != 1 || d.rings.Load() != 1 {
		t.Errorf("got %q, %v with %d events and %d rings, want %q with one of each", again, err, d.events(t), d.rings.Load(), first)
	}
}

func TestOnCommitGetsThePositionOfTheLastEvent(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var told store.Position
	var by uuid.UUID
	commands := store.NewCommandRunner(d.pool, time.Now, func(_ context.Context, actor uuid.UUID, at store.Position) { by, told = actor, at })
	for range 2 {
		_, err := store.Run(t.Context(), commands, store.Command{Name: "note", ActorID: uuid.Max},
			func(ctx context.Context, tx *store.Tx) (bool, error) {
				for _, text := range []string{"first", "second", "third"} {
					_, _ = note(text)(ctx, tx)
				}
				return true, nil
			})
		if err != nil {
			t.Fatal(err)
		}
	}

	var last store.Position
	err := d.pool.QueryRow(t.Context(), "SELECT xid, seq FROM events.event ORDER BY xid DESC, seq DESC LIMIT 1").Scan(&last.XID, &last.Seq)

	if err != nil || told != last || by != uuid.Max {
		t.Errorf("told %v by %s, want %v by %s (%v)", told, by, last, uuid.Max, err)
	}
}

func TestConcurrentCommandsWithOneKeyRunOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var group errgroup.Group
	for range 8 {
		group.Go(func() error {
			_, err := store.Run(context.Background(), d.commands, keyed("k", "same"), note("once"))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := d.events(t); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestKeyWithAnotherInputIsRejected(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, _ = store.Run(t.Context(), d.commands, keyed("k", map[string]any{"a": 1}), note("first"))

	_, other := store.Run(t.Context(), d.commands, keyed("k", map[string]any{"a": 2}), note("second"))
	_, null := store.Run(t.Context(), d.commands, keyed("k", map[string]any{"a": 1, "b": nil}), note("third"))
	renamed := keyed("k", map[string]any{"a": 1})
	renamed.Name = "another"
	_, another := store.Run(t.Context(), d.commands, renamed, note("fourth"))

	for name, err := range map[string]error{"another value": other, "null in place of an absent value": null, "another command": another} {
		if code(err) != store.CodeIdempotencyKeyReused {
			t.Errorf("%s: %v, want %s", name, err, store.CodeIdempotencyKeyReused)
		}
	}
}

func TestActorsHaveTheirOwnKeys(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, _ = store.Run(t.Context(), d.commands, keyed("k", "x"), note("one"))
	other := keyed("k", "x")
	other.ActorID = store.NewID()

	got, err := store.Run(t.Context(), d.commands, other, note("two"))

	if err != nil || got != "two" {
		t.Errorf("got %q, %v, want %q", got, err, "two")
	}
}

func TestUserErrorIsStoredWithItsValueAndRollsBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	refuse := func(ctx context.Context, tx *store.Tx) (string, error) {
		tx.Emit(store.NewChainEvent(store.EventProductUpdated, store.NewID(), nil))
		if _, err := tx.Exec(ctx, "UPDATE events.horizon SET xid = 99"); err != nil {
			return "", err
		}
		return "what is", store.NewUserError(store.CodeVersionConflict, "expectedVersion", "It changed.")
	}
	for range 2 {
		got, err := store.Run(t.Context(), d.commands, keyed("k", "x"), refuse)
		if got != "what is" || code(err) != store.CodeVersionConflict {
			t.Errorf("got %q, %v", got, err)
		}
		refuse = note("must not run")
	}
	if d.events(t) != 0 || d.count(t, "SELECT count(*) FROM events.horizon WHERE xid = 99") != 0 || d.rings.Load() != 0 {
		t.Error("a command that broke a rule left something behind")
	}
}

func TestInternalErrorStoresNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := store.Run(t.Context(), d.commands, keyed("k", "x"), func(context.Context, *store.Tx) (string, error) {
		return "", errors.New("the disk is on fire")
	})
	if err == nil {
		t.Fatal("no error")
	}

	got, err := store.Run(t.Context(), d.commands, keyed("k", "x"), note("now"))

	if err != nil || got != "now" {
		t.Errorf("got %q, %v: a fault must not be the answer for 7 days", got, err)
	}
}

func TestStoredResponseExpiresAfterSevenDays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, _ = store.Run(t.Context(), d.commands, keyed("k", "x"), note("old"))

	d.now = d.now.Add(store.IdempotencyKeyTTL - time.Second)
	before, _ := store.Run(t.Context(), d.commands, keyed("k", "x"), note("new"))
	d.now = d.now.Add(2 * time.Second)
	after, err := store.Run(t.Context(), d.commands, keyed("k", "y"), note("new"))

	if before != "old" || after != "new" || err != nil {
		t.Errorf("within the time %q, after it %q, %v", before, after, err)
	}
}

func TestEmptyKeyIsRejected(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, key := range []string{"", " \t"} {
		_, err := store.Run(t.Context(), d.commands, keyed(key, "x"), note("x"))
		if broken := new(store.UserError); !errors.As(err, &broken) || broken.Code != store.CodeRequired || broken.Field[0] != "idempotencyKey" {
			t.Errorf("key %q: %v", key, err)
		}
	}
	if d.events(t) != 0 {
		t.Error("the command ran")
	}
}

func TestLongKeyIsRejected(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for key, want := range map[string]store.Code{strings.Repeat("é", 129): store.CodeTooLong, "a\x00b": store.CodeInvalid} {
		if _, err := store.Run(t.Context(), d.commands, keyed(key, "x"), note("x")); code(err) != want {
			t.Errorf("key of %d bytes: %v, want %s", len(key), err, want)
		}
	}
}

func TestEventsOfAStoreAreInTheOrderOfEffect(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	at := store.NewID()
	_, err := d.pool.Exec(t.Context(), "CREATE TABLE counter AS SELECT 0 AS n")
	if err != nil {
		t.Fatal(err)
	}
	var group errgroup.Group
	for range 50 {
		group.Go(func() error {
			_, err := store.Run(context.Background(), d.commands, store.Command{Name: "count", Locks: store.StoreLocks(at)},
				func(ctx context.Context, tx *store.Tx) (int, error) {
					var n int
					err := tx.QueryRow(ctx, "UPDATE counter SET n = n + 1 RETURNING n").Scan(&n)
					tx.Emit(store.NewStoreEvent(store.EventStockChanged, at, at, n))
					return n, err
				})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := d.count(t, `SELECT count(*) FROM (
		SELECT data::text::integer AS n, row_number() OVER (ORDER BY xid, seq) AS place FROM events.event) AS e WHERE n = place`); n != 50 {
		t.Errorf("%d of 50 events are in the order of their effect", n)
	}
}

// What waited long is not older than what it waited for.
func TestNowIsWhenTheCommandHasItsLocks(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var hours atomic.Int64
	later := func() time.Time { return d.now.Add(time.Duration(hours.Load()) * time.Hour) }
	commands := store.NewCommandRunner(d.pool, later, func(context.Context, uuid.UUID, store.Position) {})
	locked := store.Command{Name: "note", Locks: []store.Lock{1}}
	begun, release := make(chan struct{}), make(chan struct{})
	var got time.Time
	var group errgroup.Group
	group.Go(func() error {
		_, err := store.Run(t.Context(), commands, locked, func(context.Context, *store.Tx) (bool, error) {
			close(begun)
			<-release
			return true, nil
		})
		return err
	})
	<-begun
	group.Go(func() (err error) {
		got, err = store.Run(t.Context(), commands, locked, func(_ context.Context, tx *store.Tx) (time.Time, error) { return tx.Now, nil })
		return err
	})
	const waiting = `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	for d.count(t, waiting) == 0 {
		continue
	}
	hours.Store(1)
	close(release)

	if err := group.Wait(); err != nil || !got.Equal(d.now.Add(time.Hour)) {
		t.Errorf("got %v, %v, want %v", got, err, d.now.Add(time.Hour))
	}
}

// A command that reads something first is begun with it, and ends with what it writes.
func TestCommandTakesTwoRoundTrips(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	command := keyed("k", "x")
	command.Locks = store.StoreLocks(store.NewID())
	xid := int64(-1)
	command.Prefetch = func(ctx context.Context, db store.DB) error {
		return db.QueryRow(ctx, "SELECT xid FROM events.horizon").Scan(&xid)
	}
	ctx, sent := store.WithStatementCounter(t.Context())

	_, err := store.Run(ctx, d.commands, command, func(ctx context.Context, tx *store.Tx) (string, error) {
		if _, err := tx.Deferred().Exec(ctx, "UPDATE events.horizon SET xid = xid + 1"); err != nil {
			return "", err
		}
		return note("told")(ctx, tx)
	})

	if err != nil || xid != 0 || d.count(t, "SELECT xid FROM events.horizon") != 1 {
		t.Errorf("%v: read %d", err, xid)
	}
	const begins, ends = 4, 3 // BEGIN, the locks, the answer from before, what is read first; what was put off, the event with the answer, COMMIT
	for i, s := range sent.List() {
		want := begins
		if i >= begins {
			want = ends
		}
		if s.BatchSize != want {
			t.Errorf("statement %d went with %d, want %d: %s", i, s.BatchSize, want, s.SQL)
		}
	}
	if n := sent.Count(); n != begins+ends {
		t.Errorf("%d statements, want %d", n, begins+ends)
	}
}

// A response that is the data of the only event is stored as the position of the event. Clients see no difference.
func TestResponseIsNotStoredBesideItsEvent(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	type row struct {
		Name string         `json:"name"`
		At   *time.Time     `json:"at"`
		Of   map[string]any `json:"of"`
	}
	value := row{"é", &d.now, map[string]any{"n": nil}}
	for key, told := range map[string]any{"told": value, "another": row{Name: "another"}, "another type": map[string]any{"name": "é"}} {
		run := func() (row, error) {
			return store.Run(t.Context(), d.commands, keyed(key, "x"), func(_ context.Context, tx *store.Tx) (row, error) {
				tx.Emit(store.NewChainEvent(store.EventProductUpdated, store.NewID(), told))
				return value, nil
			})
		}
		first, err := run()
		again, errAgain := run()
		if err != nil || errAgain != nil || !reflect.DeepEqual(first, value) || !reflect.DeepEqual(again, value) {
			t.Errorf("%s: %+v, %v, and again %+v, %v", key, first, err, again, errAgain)
		}
	}
	if n := d.count(t, "SELECT count(*) FROM events.command WHERE jsonb_typeof(answer) = 'array' AND key = 'told'"); n != 1 || d.events(t) != 3 {
		t.Errorf("%d responses are stored as positions, with %d events", n, d.events(t))
	}
	if n := d.count(t, "SELECT count(*) FROM events.command WHERE answer ? 'value'"); n != 2 {
		t.Errorf("%d responses are stored as values, want 2", n)
	}
}
