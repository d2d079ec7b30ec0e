package pgtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"aisle/app/localpg/pgtest"
	"aisle/store/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func TestNewIsMigrated(t *testing.T) {
	conn := connect(t, pgtest.New(t))

	if err := postgres.CheckMigrated(t.Context(), conn); err != nil {
		t.Error(err)
	}
}

func TestNewIsEachTestsOwn(t *testing.T) {
	one, other := connect(t, pgtest.New(t)), connect(t, pgtest.New(t))

	if _, err := one.Exec(t.Context(), "CREATE TABLE mine ()"); err != nil {
		t.Fatal(err)
	}

	var missing bool
	if err := other.QueryRow(t.Context(), "SELECT to_regclass('mine') IS NULL").Scan(&missing); err != nil || !missing {
		t.Errorf("another test's table is seen: %v", err)
	}
}

func TestNewDropsTheDatabaseAfterTheTest(t *testing.T) {
	var name string
	t.Run("a test", func(t *testing.T) {
		conn := connect(t, pgtest.New(t))
		if err := conn.QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
			t.Fatal(err)
		}
	})

	var gone bool
	sql := "SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
	if err := connect(t, pgtest.New(t)).QueryRow(t.Context(), sql, name).Scan(&gone); err != nil || !gone {
		t.Errorf("%s is still there: %v", name, err)
	}
}

func TestNewFilledIsFilledOnceForItsName(t *testing.T) {
	fills := 0
	fill := func(ctx context.Context, databaseURL string) error {
		fills++
		conn, err := pgx.Connect(ctx, databaseURL)
		if err != nil {
			return err
		}
		defer conn.Close(ctx) //nolint:errcheck // the statement was answered
		_, err = conn.Exec(ctx, "CREATE TABLE filled AS SELECT 'milk' AS word")
		return err
	}

	for range 2 {
		var word string
		conn := connect(t, pgtest.NewFilled(t, "milk", fill))
		if err := conn.QueryRow(t.Context(), "SELECT word FROM filled").Scan(&word); err != nil || word != "milk" {
			t.Errorf("%q, %v", word, err)
		}
	}

	if fills > 1 {
		t.Errorf("the template was filled %d times", fills)
	}
}
