package postgres_test

import (
	"context"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"aisle/app/localpg/pgtest"
	"aisle/store"
)

// runs are the ways to send a statement.
var runs = map[string]func(context.Context, store.DB) error{
	"Exec": func(ctx context.Context, db store.DB) error {
		_, err := db.Exec(ctx, "SELECT 1")
		return err
	},
	"Query": func(ctx context.Context, db store.DB) error {
		rows, err := db.Query(ctx, "SELECT 1")
		if err == nil {
			rows.Close()
		}
		return err
	},
	"QueryRow": func(ctx context.Context, db store.DB) error { return db.QueryRow(ctx, "SELECT 1").Scan(new(int)) },
	"QueryRow with a custom plan": func(ctx context.Context, db store.DB) error {
		return store.WithCustomPlan(db).QueryRow(ctx, "SELECT 1").Scan(new(int))
	},
	"SendBatch": func(ctx context.Context, db store.DB) error {
		batch := &pgx.Batch{}
		batch.Queue("SELECT id FROM stores.store")
		batch.Queue("SELECT 2")
		return db.SendBatch(ctx, batch).Close()
	},
}

func TestStatementsAreRecordedWithTheModuleOfTheirDB(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.New(t))
	for name, run := range runs {
		ctx, recorder := store.WithDependencyRecorder(t.Context())

		err := run(ctx, store.WithModule(pool, "tasks"))

		if modules, _ := recorder.Snapshot(); err != nil || !slices.Equal(modules, []string{"tasks"}) {
			t.Errorf("%s: got %v, %v", name, modules, err)
		}
	}
}

// An untagged statement may read any table. Whatever depends on it must not be cached.
func TestUntaggedStatementsMakeAResponseUncacheable(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.New(t))
	for name, run := range runs {
		ctx, recorder := store.WithDependencyRecorder(t.Context())

		err := run(ctx, pool)

		modules, _ := recorder.Snapshot()
		if err != nil || !slices.Equal(modules, []string{store.UntaggedModule}) {
			t.Errorf("%s: got %v, %v", name, modules, err)
		}
		if slices.Contains(store.ModulesWithCompleteEvents[:], modules[0]) {
			t.Errorf("%s: the response would be cached", name)
		}
	}
}

func TestATransactionInAModuleIsTaggedByTheModule(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.New(t))
	ctx, recorder := store.WithDependencyRecorder(t.Context())

	err := pool.InTx(t.Context(), func(tx store.DB) error {
		return store.WithModule(tx, "staff").QueryRow(ctx, "SELECT 1").Scan(new(int))
	})

	if modules, _ := recorder.Snapshot(); err != nil || !slices.Equal(modules, []string{"staff"}) {
		t.Errorf("got %v, %v", modules, err)
	}
}
