package postgres_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"aisle/app/localpg/pgtest"
	"aisle/store"
	"aisle/store/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func open(t *testing.T, url string) *postgres.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), url, postgres.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func TestMigrationsGoDownAndUpAgain(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	pool := open(t, url)
	before, err := postgres.MigrationStatus(t.Context(), url)
	if err != nil || len(before) == 0 {
		t.Fatalf("got %v, %v", before, err)
	}

	for range before {
		if list, err := postgres.MigrateDown(t.Context(), url); err != nil || len(list) != 1 {
			t.Fatalf("got %v, %v", list, err)
		}
	}
	if err := postgres.CheckMigrated(t.Context(), pool); !errors.Is(err, postgres.ErrNotMigrated) {
		t.Errorf("got %v, want ErrNotMigrated", err)
	}
	if list, err := postgres.MigrateDown(t.Context(), url); err != nil || len(list) != 0 {
		t.Errorf("below the first: got %v, %v", list, err)
	}
	if list, err := postgres.MigrateUp(t.Context(), url); err != nil || len(list) != len(before) {
		t.Errorf("got %v, %v", list, err)
	}
	if err := postgres.CheckMigrated(t.Context(), pool); err != nil {
		t.Error(err)
	}
}

func TestTwoMigrationsAtOnceWaitForEachOther(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	for range 3 {
		if _, err := postgres.MigrateDown(t.Context(), url); err != nil {
			t.Fatal(err)
		}
	}
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if _, err := postgres.MigrateUp(t.Context(), url); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()

	if err := postgres.CheckMigrated(t.Context(), open(t, url)); err != nil {
		t.Error(err)
	}
}

func TestDatabaseWithoutMigrationsIsNotMigrated(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.New(t))
	if _, err := pool.Exec(t.Context(), "DROP TABLE goose_db_version"); err != nil {
		t.Fatal(err)
	}

	if err := postgres.CheckMigrated(t.Context(), pool); !errors.Is(err, postgres.ErrNotMigrated) {
		t.Errorf("got %v, want ErrNotMigrated", err)
	}
}

func TestStatementsAreCountedByContext(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.New(t))
	one, first := store.WithStatementCounter(t.Context())
	other, second := store.WithStatementCounter(t.Context())

	for ctx, times := range map[context.Context]int{one: 3, other: 1, t.Context(): 5} {
		for range times {
			if _, err := pool.Exec(ctx, "SELECT 1"); err != nil {
				t.Fatal(err)
			}
		}
	}

	if first.Count() != 3 || second.Count() != 1 {
		t.Errorf("got %d and %d, want 3 and 1", first.Count(), second.Count())
	}
	if first.Elapsed() <= 0 {
		t.Error("no time was taken")
	}
}

func TestStatementsAreListedWithoutTheirArguments(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.New(t))
	ctx, sent := store.WithStatementCounter(t.Context())
	batch := &pgx.Batch{}
	batch.Queue("SELECT $1::text", "a secret")
	batch.Queue("SELECT 2")

	if _, err := pool.Exec(ctx, "SELECT $1::text", "a secret"); err != nil {
		t.Fatal(err)
	}
	if err := pool.SendBatch(ctx, batch).Close(); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		var three int
		if err := store.WithCustomPlan(pool).QueryRow(ctx, "SELECT 3").Scan(&three); err != nil {
			t.Fatal(err)
		}
	}

	list := sent.List()
	if len(list) != 50 || sent.Count() != 103 {
		t.Fatalf("%d of %d are remembered", len(list), sent.Count())
	}
	var total time.Duration
	for i := range list {
		total += list[i].Duration
		list[i].Duration = 0
	}
	want := []store.Statement{{SQL: "SELECT $1::text", BatchSize: 1}, {SQL: "SELECT $1::text", BatchSize: 2}, {SQL: "SELECT 2", BatchSize: 2}, {SQL: "SELECT 3", BatchSize: 1}}
	if diff := cmp.Diff(want, list[:4]); diff != "" || total <= 0 {
		t.Errorf("%s in %v", diff, total)
	}
}

func TestFailedTransactionIsRolledBack(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.New(t))
	broken := errors.New("a rule was broken")

	err := pool.InTx(t.Context(), func(db store.DB) error {
		if _, err := db.Exec(t.Context(), "INSERT INTO stores.region (id, code, name) VALUES (gen_random_uuid(), 'X', 'X')"); err != nil {
			return err
		}
		return broken
	})

	var left int
	if scan := pool.QueryRow(t.Context(), "SELECT count(*) FROM stores.region").Scan(&left); scan != nil {
		t.Fatal(scan)
	}
	if !errors.Is(err, broken) || left != 0 {
		t.Errorf("got %v, and %d rows are left", err, left)
	}
}

func TestURLsStayOutOfErrors(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"postgres://aisle:hush@[::1", "postgres://aisle:hush@127.0.0.1:1/aisle?connect_timeout=1", "hush"} {
		_, err := postgres.Open(t.Context(), url, postgres.Options{})
		if err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("got %v", err)
		}
	}
}
