package tasks

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// EventData is a task as a command left it: the command's answer, and what its event tells.
type EventData struct {
	Task    Task     `json:"task"`
	Steps   []Step   `json:"steps"`
	Comment *Comment `json:"comment,omitempty"` // what was said with it
}

// UnmarshalJSON reads what json.Marshal wrote, and makes the steps the task's.
func (d *EventData) UnmarshalJSON(text []byte) error {
	type plain EventData
	if err := json.Unmarshal(text, (*plain)(d)); err != nil {
		return fmt.Errorf("a task as an event tells it: %w", err)
	}
	d.Task.SetStepParents(d.Steps)
	return nil
}

// SetStepParents makes the steps the task's: in JSON they do not say whose they are.
func (t *Task) SetStepParents(steps []Step) {
	for i := range steps {
		steps[i].StoreID, steps[i].TaskID = t.StoreID, t.ID
	}
}

// Edit says which task a command is about, and which version of it the client has seen; nil is any.
type Edit struct {
	TaskID          uuid.UUID
	ExpectedVersion *int32

	found *EventData // as it was read, with no id where there is none; nil for not yet
}

// Read reads the task and its steps: what store.Command does first with the locks that the edit needs. It is done by itself
// where nobody has.
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

// Start begins the work on a task. Whoever starts it has it; a task that is somebody else's can be taken over by those
// who manage tasks.
func (s *Service) Start(ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, manages bool) (EventData, error) {
	return s.change(ctx, tx, scope, e, start, store.EventTaskStarted, func(d *EventData) error {
		if d.Task.AssigneeID.Valid && d.Task.AssigneeID != tx.ActorID && !manages {
			return store.NewUserError(store.CodeInvalidTransition, "taskId",
				"This task is assigned to somebody else. Ask a supervisor to assign it to you.")
		}
		d.Task.AssigneeID, d.Task.StartedAt = tx.ActorID, &tx.Now
		return nil
	})
}

// Complete says that a task is done. All steps that must be done must be. What there is to say becomes a comment.
func (s *Service) Complete(ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, note string) (EventData, error) {
	return s.changeSaying(ctx, tx, scope, e, complete, store.EventTaskCompleted, note, func(d *EventData) error {
		if missing := incomplete(d.Steps); len(missing) > 0 {
			return store.NewUserError(store.CodeStepsIncomplete, "taskId", "Check these steps off first: %s.", strings.Join(missing, "; "))
		}
		d.Task.CompletedAt = &tx.Now
		return nil
	})
}

// Verify says that a task is done well.
func (s *Service) Verify(ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit) (EventData, error) {
	return s.change(ctx, tx, scope, e, verify, store.EventTaskVerified, nothing)
}

// Reject sends a task that is done back to work. The reason becomes a comment.
func (s *Service) Reject(ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, reason string) (EventData, error) {
	return s.changeSaying(ctx, tx, scope, e, reject, store.EventTaskRejected, reason, func(d *EventData) error {
		d.Task.CompletedAt = nil
		return nil
	})
}

// Cancel says that a task is not to be done any more. The reason becomes a comment.
func (s *Service) Cancel(ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, reason string) (EventData, error) {
	return s.changeSaying(ctx, tx, scope, e, cancel, store.EventTaskCancelled, reason, nothing)
}

// Assign gives a task to an employee, who the caller knows may have it, or, with null, takes it from whoever has it.
func (s *Service) Assign(
	ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, assignee uuid.NullUUID,
) (EventData, error) {
	what := assign
	if !assignee.Valid {
		what = unassign
	}
	return s.change(ctx, tx, scope, e, what, store.EventTaskAssigned, func(d *EventData) error {
		d.Task.AssigneeID, d.Task.StartedAt = assignee, nil
		return nil
	})
}

// nothing is the rule of an action that changes only the status.
func nothing(*EventData) error { return nil }

// incomplete are the titles of the steps that must be done and are not.
func incomplete(steps []Step) []string {
	var titles []string
	for _, step := range steps {
		if step.Required && !step.Done {
			titles = append(titles, step.Title)
		}
	}
	return titles
}

// load answers a task and its steps as they are in the command's transaction, or NOT_FOUND or VERSION_CONFLICT.
func (s *Service) load(ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit) (EventData, error) {
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

// step is the row's step, which is there when its id is.
func (r getTaskWithStepsRow) step() Step {
	return Step{
		ID: r.StepID.UUID, StoreID: r.Task.StoreID, TaskID: r.Task.ID, Position: *r.StepPosition, Title: *r.StepTitle,
		Required: *r.StepRequired, Done: *r.StepDone, DoneAt: r.StepDoneAt, DoneByID: r.StepDoneByID,
	}
}

// NotFound is the answer to a task that does not exist, or that is not the viewer's to see.
func NotFound() *store.UserError {
	return store.NewUserError(store.CodeNotFound, "taskId", "There is no such task.")
}

// change does an action to a task: the rule checks what else must hold, and changes more than the status. A rule that
// is broken is answered with the task as it is.
func (s *Service) change(
	ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, what action, event store.EventType, rule func(*EventData) error,
) (EventData, error) {
	return s.changeSaying(ctx, tx, scope, e, what, event, "", rule)
}

// changeSaying is change with something to say about it.
func (s *Service) changeSaying(
	ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, what action, event store.EventType, text string,
	rule func(*EventData) error,
) (EventData, error) {
	now, err := s.load(ctx, tx, scope, e)
	if err != nil {
		return now, err
	}
	next := now
	if next.Task.Status, err = what.after(now.Task.Status); err != nil {
		return now, err
	}
	if err := rule(&next); err != nil {
		return now, err
	}
	if next.Task.Status == now.Task.Status && next.Task.AssigneeID == now.Task.AssigneeID {
		return now, nil // it is so already
	}
	if text != "" {
		if next.Comment, err = s.say(ctx, tx, now.Task, text); err != nil {
			return now, err
		}
	}
	return s.save(ctx, tx, next, event)
}

// save writes the task's row, one version up, and tells of it.
func (s *Service) save(ctx context.Context, tx *store.Tx, d EventData, event store.EventType) (EventData, error) {
	d.Task.Version, d.Task.UpdatedAt = d.Task.Version+1, tx.Now
	err := New(tx.Deferred()).updateTask(ctx, updateTaskParams{
		ID: d.Task.ID, StoreID: d.Task.StoreID, Status: d.Task.Status, AssigneeID: d.Task.AssigneeID,
		StartedAt: d.Task.StartedAt, CompletedAt: d.Task.CompletedAt, Version: d.Task.Version, UpdatedAt: d.Task.UpdatedAt,
	})
	if err != nil {
		return d, fmt.Errorf("update a task: %w", err)
	}
	tx.Emit(store.NewStoreEvent(event, d.Task.StoreID, d.Task.ID, d))
	return d, nil
}

// CheckStep says that a step of a task is done, or that it is not.
func (s *Service) CheckStep(
	ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, stepID uuid.UUID, done bool,
) (EventData, error) {
	d, err := s.load(ctx, tx, scope, e)
	if err != nil {
		return d, err
	}
	if _, err := check.after(d.Task.Status); err != nil {
		return d, err
	}
	for i, step := range d.Steps {
		if step.ID != stepID || step.Done == done {
			continue
		}
		step.Done, step.DoneAt, step.DoneByID = done, nil, uuid.NullUUID{}
		if done {
			step.DoneAt, step.DoneByID = &tx.Now, tx.ActorID
		}
		err := New(tx.Deferred()).updateStep(ctx, updateStepParams{
			ID: step.ID, StoreID: step.StoreID, Done: step.Done, DoneAt: step.DoneAt, DoneByID: step.DoneByID,
		})
		if err != nil {
			return d, fmt.Errorf("check a step: %w", err)
		}
		d.Steps[i] = step
		return s.save(ctx, tx, d, store.EventTaskStepChecked)
	}
	return d, nil // it is so already
}

// AddComment says something about a task, whatever its status. The task's version stays: nothing of it changes.
func (s *Service) AddComment(ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, text string) (EventData, error) {
	d, err := s.load(ctx, tx, scope, e)
	if err != nil {
		return d, err
	}
	if d.Comment, err = s.say(ctx, tx, d.Task, text); err != nil {
		return d, err
	}
	tx.Emit(store.NewStoreEvent(store.EventTaskCommented, d.Task.StoreID, d.Task.ID, d))
	return d, nil
}

// say writes a comment of whoever sent the command.
func (s *Service) say(ctx context.Context, tx *store.Tx, t Task, text string) (*Comment, error) {
	row := Comment{ID: store.NewID(), StoreID: t.StoreID, TaskID: t.ID, AuthorID: tx.ActorID.UUID, Body: text, CreatedAt: tx.Now}
	if err := New(tx.Deferred()).insertComment(ctx, insertCommentParams(row)); err != nil {
		return nil, fmt.Errorf("comment on a task: %w", err)
	}
	return &row, nil
}
