package tasks_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
	"aisle/store/postgres"
	"aisle/store/tasks"
)

// bench is a database with one task for each run of a benchmark, sixty to a store as in the demo chain.
type bench struct {
	pool    *postgres.Pool
	service *tasks.Service
	who     uuid.UUID
	tasks   []tasks.TaskKey
}

func newBench(b *testing.B) *bench {
	b.Helper()
	pool, err := postgres.Open(b.Context(), pgtest.New(b), postgres.Options{MaxConns: 2})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	s := &bench{pool: pool, service: tasks.NewService(pool), who: store.NewID()}
	now := time.Now().UTC().Truncate(time.Microsecond)
	rows := make([]tasks.CopyTasksParams, b.N)
	storeID := uuid.Nil
	for i := range rows {
		if i%60 == 0 {
			storeID = store.NewID()
		}
		rows[i] = tasks.CopyTasksParams{
			ID: store.NewID(), StoreID: storeID, AssigneeID: uuid.NullUUID{UUID: s.who, Valid: true}, Title: "Tidy up", Kind: tasks.KindCleaning,
			Priority: tasks.PriorityLow, Status: tasks.StatusInProgress, DueAt: now, StartedAt: &now, Version: 2, CreatedAt: now, UpdatedAt: now,
		}
		s.tasks = append(s.tasks, tasks.TaskKey{StoreID: storeID, TaskID: rows[i].ID})
	}
	if _, err := tasks.New(pool).CopyTasks(b.Context(), rows); err != nil {
		b.Fatal(err)
	}
	if err := postgres.Analyze(b.Context(), pool); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	return s
}

// BenchmarkComplete completes a task, with its event and the stored response.
func BenchmarkComplete(b *testing.B) {
	s := newBench(b)
	commands := store.NewCommandRunner(s.pool, time.Now, func(context.Context, uuid.UUID, store.Position) {})
	for _, task := range s.tasks {
		key := uuid.NewString()
		command := store.Command{Name: "completeTask", ActorID: s.who, IdempotencyKey: &key, Input: task.TaskID, Locks: store.StoreLocks(task.StoreID)}
		_, err := store.Run(b.Context(), commands, command, func(ctx context.Context, tx *store.Tx) (tasks.EventData, error) {
			return s.service.Complete(ctx, tx, auth.SystemScope(), tasks.Edit{TaskID: task.TaskID}, "")
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBareUpdate changes the same row as a server would that exposes tables as an API: a transaction with the viewer's
// settings and an update that returns the row. It checks no rule, and emits and stores nothing.
func BenchmarkBareUpdate(b *testing.B) {
	s := newBench(b)
	for _, task := range s.tasks {
		err := pgx.BeginFunc(b.Context(), s.pool.Pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(b.Context(), "SELECT set_config('app.viewer', $1, true)", s.who.String()); err != nil {
				return err
			}
			rows, err := tx.Query(b.Context(),
				"UPDATE tasks.task SET status = 'COMPLETED', completed_at = now(), version = version + 1, updated_at = now() WHERE id = $1 RETURNING *", task.TaskID)
			if err != nil {
				return err
			}
			rows.Close()
			return rows.Err()
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
