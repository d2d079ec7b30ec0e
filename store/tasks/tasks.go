package tasks

import (
	"context"
	"fmt"
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

// GlobalID returns the template's id for clients.
func (t Template) GlobalID() string { return store.GlobalID(TemplatePrefix, t.ID) }

// GlobalID returns the template step's id for clients.
func (s TemplateStep) GlobalID() string { return store.GlobalID(TemplateStepPrefix, s.ID) }

// GlobalID returns the task's id for clients.
func (t Task) GlobalID() string { return store.GlobalID(TaskPrefix, t.ID) }

// GlobalID returns the step's id for clients.
func (s Step) GlobalID() string { return store.GlobalID(StepPrefix, s.ID) }

// GlobalID returns the comment's id for clients.
func (c Comment) GlobalID() string { return store.GlobalID(CommentPrefix, c.ID) }

// OverdueAt reports whether the task is overdue at an instant.
func (t Task) OverdueAt(now time.Time) bool { return t.Status.Unfinished() && t.DueAt.Before(now) }

// OverdueFrom returns when the task will become overdue if nobody completes it; zero for never, or if it already is.
func (t Task) OverdueFrom(now time.Time) time.Time {
	if !t.Status.Unfinished() || t.DueAt.Before(now) {
		return time.Time{}
	}
	return t.DueAt.Add(time.Microsecond) // a task is not overdue at its due time
}

// Service reads and writes the module's rows.
type Service struct {
	q     *Queries
	lists *Queries // for the statements with optional filters
}

// NewService returns the module's service on a pool or a transaction.
func NewService(db store.DB) *Service {
	db = store.WithModule(db, "tasks")
	return &Service{New(db), New(store.WithCustomPlan(db))}
}

// GetTasks returns the tasks with the ids that the scope includes, in no order.
func (s *Service) GetTasks(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Task, error) {
	rows, err := s.q.getTasks(ctx, getTasksParams{Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	if err != nil {
		return nil, fmt.Errorf("tasks by id: %w", err)
	}
	return rows, nil
}

// A TaskHistory has the times of a task's life cycle.
type TaskHistory struct {
	ID, StoreID                 uuid.UUID
	Status                      Status
	Version                     int32
	CreatedAt, DueAt, UpdatedAt time.Time
	StartedAt, CompletedAt      *time.Time // nil if not yet
}

// ListHistories returns up to limit histories of the tasks that the scope includes, in the order of their ids, behind an id: for
// reading all of them.
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
	if err != nil {
		return nil, fmt.Errorf("task histories: %w", err)
	}
	return list, nil
}
