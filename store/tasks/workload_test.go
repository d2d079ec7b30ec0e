package tasks_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
	"aisle/store/postgres"
	"aisle/store/tasks"
)

// countWorkload counts a store's workload from its tasks.
func countWorkload(ctx context.Context, pool *postgres.Pool, storeID uuid.UUID, at time.Time) (tasks.Workload, error) {
	var w tasks.Workload
	var next *time.Time
	err := pool.QueryRow(ctx, `
		SELECT count(*), count(*) FILTER (WHERE due_at < $2), min(due_at) FILTER (WHERE due_at >= $2) FROM tasks.task
		WHERE store_id = $1 AND status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')`, storeID, at).Scan(&w.Unfinished, &w.Overdue, &next)
	if next != nil {
		w.NextDue = next.UTC()
	}
	return w, err
}

// checkWorkloads returns an error if the workload of a store differs from a recount at one of the instants.
func checkWorkloads(ctx context.Context, pool *postgres.Pool, storeIDs []uuid.UUID, instants ...time.Time) error {
	for _, at := range instants {
		got, err := tasks.NewService(pool).GetWorkloads(ctx, auth.SystemScope(), storeIDs, at)
		if err != nil {
			return err
		}
		for _, id := range storeIDs {
			if want, err := countWorkload(ctx, pool, id, at); err != nil || got[id] != want {
				return fmt.Errorf("at %v the workload is %+v, want %+v (%w)", at, got[id], want, err)
			}
		}
	}
	return nil
}

func TestStoredWorkloadsMatchARecount(t *testing.T) {
	t.Parallel()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	now := time.Now().UTC().Truncate(time.Minute)
	minute := rapid.Custom(func(t *rapid.T) time.Time {
		return now.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "minute")) * time.Minute)
	})
	status := rapid.SampledFrom([]tasks.Status{
		tasks.StatusOpen, tasks.StatusAssigned, tasks.StatusInProgress, tasks.StatusCompleted, tasks.StatusVerified, tasks.StatusCancelled,
	})
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		places := []uuid.UUID{store.NewID(), store.NewID(), store.NewID()}
		place := rapid.SampledFrom(places)
		do := func(t *rapid.T, sql string, args ...any) {
			if _, err := pool.Exec(ctx, sql, args...); err != nil {
				t.Fatal(err)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"load": func(t *rapid.T) {
				rows := make([]tasks.CopyTasksParams, rapid.IntRange(1, 5).Draw(t, "tasks"))
				for i := range rows {
					rows[i] = tasks.CopyTasksParams{
						ID: store.NewID(), StoreID: place.Draw(t, "store"), Title: "t", Kind: tasks.KindCleaning, Priority: tasks.PriorityLow,
						Status: status.Draw(t, "status"), DueAt: minute.Draw(t, "due"), Version: 1, CreatedAt: now, UpdatedAt: now,
					}
				}
				if _, err := tasks.New(pool).CopyTasks(ctx, rows); err != nil {
					t.Fatal(err)
				}
			},
			"change": func(t *rapid.T) {
				do(t, "UPDATE tasks.task SET status = $2 WHERE store_id = $1 AND due_at < $3",
					place.Draw(t, "store"), string(status.Draw(t, "status")), minute.Draw(t, "before"))
			},
			"finish": func(t *rapid.T) { // one after the other, as commands do, or several in one transaction
				one := `UPDATE tasks.task SET status = $2 WHERE id = (
					SELECT id FROM tasks.task WHERE store_id = $1 AND due_at >= $3 AND status <> $2 ORDER BY due_at, id LIMIT 1)`
				where, what, from := place.Draw(t, "store"), string(tasks.StatusCompleted), minute.Draw(t, "from")
				err := pool.InTx(ctx, func(db store.DB) error {
					for range rapid.IntRange(1, 2).Draw(t, "tasks") {
						if _, err := db.Exec(ctx, one, where, what, from); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			},
			"put off": func(t *rapid.T) {
				do(t, "UPDATE tasks.task SET due_at = $2 WHERE store_id = $1 AND due_at < $3", place.Draw(t, "store"), minute.Draw(t, "due"), minute.Draw(t, "before"))
			},
			"move": func(t *rapid.T) {
				do(t, "UPDATE tasks.task SET store_id = $2 WHERE store_id = $1 AND due_at < $3", place.Draw(t, "from"), place.Draw(t, "to"), minute.Draw(t, "before"))
			},
			"delete": func(t *rapid.T) {
				do(t, "DELETE FROM tasks.task WHERE store_id = $1 AND due_at < $2", place.Draw(t, "store"), minute.Draw(t, "before"))
			},
			"": func(t *rapid.T) {
				if err := checkWorkloads(ctx, pool, places, minute.Draw(t, "at"), minute.Draw(t, "at").Add(time.Second)); err != nil {
					t.Fatal(err)
				}
			},
		})
		do(t, "TRUNCATE tasks.task CASCADE")
		if err := checkWorkloads(ctx, pool, places, now); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWorkloadsAreRightAfterConcurrentChanges(t *testing.T) {
	t.Parallel()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	here, now := store.NewID(), time.Now().UTC().Truncate(time.Microsecond)
	var group errgroup.Group
	for range 40 {
		group.Go(func() error {
			_, err := tasks.New(pool).CopyTasks(t.Context(), []tasks.CopyTasksParams{{
				ID: store.NewID(), StoreID: here, Title: "t", Kind: tasks.KindCleaning, Priority: tasks.PriorityLow, Status: tasks.StatusOpen,
				DueAt: now, Version: 1, CreatedAt: now, UpdatedAt: now,
			}})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := checkWorkloads(t.Context(), pool, []uuid.UUID{here}, now); err != nil {
		t.Error(err)
	}
}
