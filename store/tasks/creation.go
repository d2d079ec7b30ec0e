package tasks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// MaxTasks is the maximum number of tasks that one command creates.
const MaxTasks = 1000

// A Draft is a task to create. The caller has checked that the entities exist that it refers to.
type Draft struct {
	StoreID      uuid.UUID
	TemplateID   uuid.NullUUID
	AssigneeID   uuid.NullUUID
	ProductID    uuid.NullUUID
	Title        string
	Instructions string
	Kind         Kind
	Priority     Priority
	DueAt        time.Time
	Steps        []DraftStep
}

// A DraftStep is a step of a Draft.
type DraftStep struct {
	Title    string
	Required bool
}

// errStoreOutsideScope is a programming error: the caller checks drafts first.
var errStoreOutsideScope = errors.New("the scope does not include the task's store")

// Create creates tasks, in the order of their drafts. A task with an assignee gets the status ASSIGNED.
func (s *Service) Create(ctx context.Context, tx *store.Tx, scope auth.Scope, drafts []Draft) ([]EventData, error) {
	created := make([]EventData, len(drafts))
	rows := make([]CopyTasksParams, len(drafts))
	var steps []CopyStepsParams
	for i, draft := range drafts {
		if !scope.IncludesStore(draft.StoreID) {
			return nil, errStoreOutsideScope
		}
		created[i] = draft.newTask(tx.Now)
		rows[i] = CopyTasksParams(created[i].Task)
		for _, step := range created[i].Steps {
			steps = append(steps, CopyStepsParams(step))
		}
		tx.Emit(store.NewStoreEvent(store.EventTaskCreated, draft.StoreID, created[i].Task.ID, created[i]))
	}
	q := New(tx)
	if _, err := q.CopyTasks(ctx, rows); err != nil {
		return nil, fmt.Errorf("create tasks: %w", err)
	}
	if _, err := q.CopySteps(ctx, steps); err != nil {
		return nil, fmt.Errorf("create steps: %w", err)
	}
	return created, nil
}

// newTask returns the rows for a draft.
func (d Draft) newTask(now time.Time) EventData {
	t := Task{
		ID: store.NewID(), StoreID: d.StoreID, TemplateID: d.TemplateID, AssigneeID: d.AssigneeID, ProductID: d.ProductID,
		Title: d.Title, Instructions: d.Instructions, Kind: d.Kind, Priority: d.Priority, Status: StatusOpen,
		DueAt: d.DueAt.UTC().Truncate(time.Microsecond), Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if d.AssigneeID.Valid {
		t.Status = StatusAssigned
	}
	data := EventData{Task: t, Steps: make([]Step, len(d.Steps))}
	for i, step := range d.Steps {
		data.Steps[i] = Step{
			ID: store.NewID(), StoreID: d.StoreID, TaskID: t.ID, Position: int32(i) + 1,
			Title: step.Title, Required: step.Required,
		}
	}
	return data
}
