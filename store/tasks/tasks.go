// Package tasks is the module of the work that stores do: templates, tasks, their steps and comments.
package tasks

import (
	"context"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// The prefixes of this module's global ids.
const (
	TemplatePrefix     = "template"
	TemplateStepPrefix = "template_step"
	TaskPrefix         = "task"
	StepPrefix         = "step"
	CommentPrefix      = "comment"
)

// GlobalID is the template's id as clients see it.
func (t Template) GlobalID() string { return store.GlobalID(TemplatePrefix, t.ID) }

// GlobalID is the template's step's id as clients see it.
func (s TemplateStep) GlobalID() string { return store.GlobalID(TemplateStepPrefix, s.ID) }

// GlobalID is the task's id as clients see it.
func (t Task) GlobalID() string { return store.GlobalID(TaskPrefix, t.ID) }

// GlobalID is the step's id as clients see it.
func (s Step) GlobalID() string { return store.GlobalID(StepPrefix, s.ID) }

// GlobalID is the comment's id as clients see it.
func (c Comment) GlobalID() string { return store.GlobalID(CommentPrefix, c.ID) }

// OverdueAt says whether the task should have been done by then and is not.
func (t Task) OverdueAt(now time.Time) bool { return t.Status.Unfinished() && t.DueAt.Before(now) }

// OverdueFrom is when the task, which is not overdue yet, will be if nobody does it; zero for never.
func (t Task) OverdueFrom(now time.Time) time.Time {
	if !t.Status.Unfinished() || t.DueAt.Before(now) {
		return time.Time{}
	}
	return t.DueAt.Add(time.Microsecond) // at the instant it is not yet
}

// Service reads the module's rows.
type Service struct {
	q     *Queries
	lists *Queries // those with optional filters
}

// NewService makes the module's service on a pool or a transaction.
func NewService(db store.DB) *Service {
	db = store.WithModule(db, "tasks")
	return &Service{New(db), New(store.WithCustomPlan(db))}
}

// GetTasks reads the tasks that have the ids and that the scope sees, in no order.
func (s *Service) GetTasks(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Task, error) {
	rows, err := s.q.getTasks(ctx, getTasksParams{Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	return rows, store.Wrap("tasks by id", err)
}

// TaskHistory is what became of a task.
type TaskHistory struct {
	ID, StoreID                 uuid.UUID
	Status                      Status
	Version                     int32
	CreatedAt, DueAt, UpdatedAt time.Time
	StartedAt, CompletedAt      *time.Time // nil for not yet
}

// ListHistories reads what became of the tasks that the scope sees in the order of their ids, from behind one on, most at most: for
// those who go through all.
func (s *Service) ListHistories(ctx context.Context, scope auth.Scope, after uuid.UUID, limit int32) ([]TaskHistory, error) {
	rows, err := s.q.listTaskHistories(ctx, listTaskHistoriesParams{
		AfterID: after, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), RowLimit: limit,
	})
	list := make([]TaskHistory, len(rows))
	for i, r := range rows {
		list[i] = TaskHistory{
			ID: r.ID, StoreID: r.StoreID, Status: r.Status, Version: r.Version, CreatedAt: r.CreatedAt, DueAt: r.DueAt, UpdatedAt: r.UpdatedAt,
			StartedAt: r.StartedAt, CompletedAt: r.CompletedAt,
		}
	}
	return list, store.Wrap("courses of tasks", err)
}

// Workload is how much a store has to do.
type Workload struct {
	Open, Overdue int32

	// NextDue is when the next of those that are not overdue is due: with nothing else changing, Overdue holds up to this
	// instant, and is another one behind it. In UTC; zero when none is to come.
	NextDue time.Time
}

// GetWorkloads are the numbers of the unfinished tasks of each store, and of those of them that were due before the instant. A
// store that never had a task is absent.
func (s *Service) GetWorkloads(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, at time.Time,
) (map[uuid.UUID]Workload, error) {
	rows, err := s.q.getWorkloads(ctx, getWorkloadsParams{
		StoreIds: storeIDs, At: at, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	workloads := make(map[uuid.UUID]Workload, len(rows))
	for _, r := range rows {
		workloads[r.StoreID] = Workload{r.Open, r.Overdue, r.NextDue.UTC()}
	}
	return workloads, store.Wrap("workloads of stores", err)
}
