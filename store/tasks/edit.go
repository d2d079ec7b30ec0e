package tasks

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// EventData is a task after a command: the command's result, and the data of its event.
type EventData struct {
	Task    Task       `json:"task"`
	Steps   []Step     `json:"steps"`
	StepID  *uuid.UUID `json:"step_id,omitempty"` // the step that the command checked off or unchecked
	Comment *Comment   `json:"comment,omitempty"` // the comment that the command added
}

// UnmarshalJSON decodes the data and sets the steps' parents.
func (d *EventData) UnmarshalJSON(text []byte) error {
	type plain EventData
	if err := json.Unmarshal(text, (*plain)(d)); err != nil {
		return fmt.Errorf("decode the data of a task's event: %w", err)
	}
	d.Task.SetStepParents(d.Steps)
	return nil
}

// SetStepParents sets the steps' store and task, which their JSON omits.
func (t *Task) SetStepParents(steps []Step) {
	for i := range steps {
		steps[i].StoreID, steps[i].TaskID = t.StoreID, t.ID
	}
}

// An Edit identifies the task that a command changes.
type Edit struct {
	TaskID          uuid.UUID
	ExpectedVersion *int32 // the version that the client has; nil for any

	found *EventData // what Read read, with a nil id for a task that does not exist; nil before Read
}

// Read reads the task and its steps. It is a store.Command's first read, in the statement batch that takes the locks; without
// one, the methods of Service call it.
func (e *Edit) Read(ctx context.Context, db store.DB, scope auth.Scope) error {
	rows, err := New(db).getTaskWithSteps(ctx, getTaskWithStepsParams{ID: e.TaskID, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	if err != nil {
		return fmt.Errorf("read a task: %w", err)
	}
	e.found = &EventData{}
	for _, row := range rows {
		e.found.Task = row.Task
		if row.StepID.Valid {
			e.found.Steps = append(e.found.Steps, row.step())
		}
	}
	slices.SortFunc(e.found.Steps, func(a, b Step) int { return cmp.Compare(a.Position, b.Position) })
	return nil
}

// step returns the row's step. The row must have a step id.
func (r getTaskWithStepsRow) step() Step {
	return Step{
		ID: r.StepID.UUID, StoreID: r.Task.StoreID, TaskID: r.Task.ID, Position: *r.StepPosition, Title: *r.StepTitle,
		Required: *r.StepRequired, Done: *r.StepDone, DoneAt: r.StepDoneAt, DoneByID: r.StepDoneByID,
	}
}

// load returns the task and its steps in the command's transaction. The error may be NOT_FOUND or VERSION_CONFLICT.
func (e *Edit) load(ctx context.Context, tx *store.Tx, scope auth.Scope) (EventData, error) {
	if e.found == nil {
		if err := e.Read(ctx, tx, scope); err != nil {
			return EventData{}, err
		}
	}
	d := *e.found
	if d.Task.ID == uuid.Nil {
		return EventData{}, NotFound()
	}
	return d, store.CheckVersion("task", d.Task.Version, e.ExpectedVersion)
}

// NotFound returns the error for a task that does not exist or is outside the viewer's scope.
func NotFound() *store.UserError {
	return store.NewUserError(store.CodeNotFound, "taskId", "There is no such task.")
}
