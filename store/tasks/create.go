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

// MaxTasks is how many tasks one command creates at most.
const MaxTasks = 1000

// Draft is a task that is to be created. Whoever makes it has checked that what it refers to exists.
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

// DraftStep is a step of a task that is to be created.
type DraftStep struct {
	Title    string
	Required bool
}

// errForeign is a fault of the caller: drafts are checked before.
var errForeign = errors.New("a task for a store that the scope does not see")

// Create creates tasks, in the order of their drafts. A task for somebody is assigned from the start.
func (s *Service) Create(ctx context.Context, tx *store.Tx, scope auth.Scope, drafts []Draft) ([]EventData, error) {
	made := make([]EventData, len(drafts))
	rows := make([]CopyTasksParams, len(drafts))
	var steps []CopyStepsParams
	for i, draft := range drafts {
		if !scope.IncludesStore(draft.StoreID) {
			return nil, errForeign
		}
		made[i] = draft.task(tx.Now)
		rows[i] = CopyTasksParams(made[i].Task)
		for _, step := range made[i].Steps {
			steps = append(steps, CopyStepsParams(step))
		}
		tx.Emit(store.NewStoreEvent(store.EventTaskCreated, draft.StoreID, made[i].Task.ID, made[i]))
	}
	q := New(tx)
	if _, err := q.CopyTasks(ctx, rows); err != nil {
		return nil, fmt.Errorf("create tasks: %w", err)
	}
	if _, err := q.CopySteps(ctx, steps); err != nil {
		return nil, fmt.Errorf("create steps: %w", err)
	}
	return made, nil
}

// task makes the rows of a draft.
func (d Draft) task(now time.Time) EventData {
	t := Task{
		ID: store.NewID(), StoreID: d.StoreID, TemplateID: d.TemplateID, AssigneeID: d.AssigneeID, ProductID: d.ProductID,
		Title: d.Title, Instructions: d.Instructions, Kind: d.Kind, Priority: d.Priority, Status: StatusOpen,
		DueAt: d.DueAt.UTC().Truncate(time.Microsecond), Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if d.AssigneeID.Valid {
		t.Status = StatusAssigned
	}
	made := EventData{Task: t, Steps: make([]Step, len(d.Steps))}
	for i, step := range d.Steps {
		made.Steps[i] = Step{
			ID: store.NewID(), StoreID: d.StoreID, TaskID: t.ID, Position: int32(i) + 1,
			Title: step.Title, Required: step.Required,
		}
	}
	return made
}
