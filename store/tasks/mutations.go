package tasks

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// When a rule is violated, the methods below return the unchanged task with a *store.UserError.

// Start begins work on a task and assigns it to the actor. Only actors with canManage may take over a task that is assigned to
// another employee.
func (s *Service) Start(
	ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, canManage bool,
) (EventData, error) {
	return s.change(ctx, tx, scope, e, start, store.EventTaskStarted, func(d *EventData) error {
		if d.Task.AssigneeID.Valid && d.Task.AssigneeID != tx.ActorID && !canManage {
			return store.NewUserError(store.CodeNotAllowed, "taskId",
				"The task is assigned to another employee. Ask a supervisor to assign it to you.")
		}
		d.Task.AssigneeID, d.Task.StartedAt = tx.ActorID, &tx.Now
		return nil
	})
}

// Complete completes a task whose required steps are all done. A note that is not empty becomes a comment.
func (s *Service) Complete(ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, note string) (EventData, error) {
	return s.changeWithComment(ctx, tx, scope, e, complete, store.EventTaskCompleted, note, func(d *EventData) error {
		if missing := incompleteSteps(d.Steps); len(missing) > 0 {
			return store.NewUserError(store.CodeStepsIncomplete, "taskId", "These required steps are not checked off: %s.",
				strings.Join(missing, "; "))
		}
		d.Task.CompletedAt = &tx.Now
		return nil
	})
}

// Verify confirms that a completed task was done well.
func (s *Service) Verify(ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit) (EventData, error) {
	return s.change(ctx, tx, scope, e, verify, store.EventTaskVerified, noRule)
}

// Reject sends a completed task back to work. The reason becomes a comment.
func (s *Service) Reject(ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, reason string) (EventData, error) {
	return s.changeWithComment(ctx, tx, scope, e, reject, store.EventTaskRejected, reason, func(d *EventData) error {
		d.Task.CompletedAt = nil
		return nil
	})
}

// Cancel cancels a task. The reason becomes a comment.
func (s *Service) Cancel(ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, reason string) (EventData, error) {
	return s.changeWithComment(ctx, tx, scope, e, cancel, store.EventTaskCancelled, reason, noRule)
}

// Assign assigns a task to an employee, or to nobody if assignee is null. The caller has checked that the employee may have
// the task.
func (s *Service) Assign(
	ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, assignee uuid.NullUUID,
) (EventData, error) {
	action, event := assign, store.EventTaskAssigned
	if !assignee.Valid {
		action, event = unassign, store.EventTaskUnassigned
	}
	return s.change(ctx, tx, scope, e, action, event, func(d *EventData) error {
		d.Task.AssigneeID, d.Task.StartedAt = assignee, nil
		return nil
	})
}

// CheckStep checks a step of a task off, or unchecks it.
func (s *Service) CheckStep(
	ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, stepID uuid.UUID, done bool,
) (EventData, error) {
	d, err := e.load(ctx, tx, scope)
	if err != nil {
		return d, err
	}
	if _, err := check.next(d.Task.Status); err != nil {
		return d, err
	}
	for i, step := range d.Steps {
		if step.ID != stepID || step.Done == done {
			continue
		}
		event := store.EventTaskStepUnchecked
		step.Done, step.DoneAt, step.DoneByID = done, nil, uuid.NullUUID{}
		if done {
			event = store.EventTaskStepChecked
			step.DoneAt, step.DoneByID = &tx.Now, tx.ActorID
		}
		err := New(tx.Deferred()).updateStep(ctx, updateStepParams{
			ID: step.ID, StoreID: step.StoreID, Done: step.Done, DoneAt: step.DoneAt, DoneByID: step.DoneByID,
		})
		if err != nil {
			return d, fmt.Errorf("update a step: %w", err)
		}
		d.Steps[i], d.StepID = step, &step.ID
		return s.save(ctx, tx, d, event)
	}
	return d, nil // nothing to change
}

// AddComment adds a comment, whatever the task's status is. It does not change the task's version.
func (s *Service) AddComment(ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, text string) (EventData, error) {
	d, err := e.load(ctx, tx, scope)
	if err != nil {
		return d, err
	}
	if d.Comment, err = s.insertComment(ctx, tx, d.Task, text); err != nil {
		return d, err
	}
	tx.Emit(store.NewStoreEvent(store.EventTaskCommented, d.Task.StoreID, d.Task.ID, d))
	return d, nil
}

// noRule is the rule of an action that changes only the status.
func noRule(*EventData) error { return nil }

// incompleteSteps returns the titles of the required steps that are not done.
func incompleteSteps(steps []Step) []string {
	var titles []string
	for _, step := range steps {
		if step.Required && !step.Done {
			titles = append(titles, step.Title)
		}
	}
	return titles
}

// change applies an action to a task. rule checks further conditions and changes fields other than the status.
func (s *Service) change(
	ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, a action, event store.EventType, rule func(*EventData) error,
) (EventData, error) {
	return s.changeWithComment(ctx, tx, scope, e, a, event, "", rule)
}

// changeWithComment is change with a comment, unless text is empty.
func (s *Service) changeWithComment(
	ctx context.Context, tx *store.Tx, scope auth.Scope, e Edit, a action, event store.EventType, text string,
	rule func(*EventData) error,
) (EventData, error) {
	current, err := e.load(ctx, tx, scope)
	if err != nil {
		return current, err
	}
	next := current
	if next.Task.Status, err = a.next(current.Task.Status); err != nil {
		return current, err
	}
	if err := rule(&next); err != nil {
		return current, err
	}
	if next.Task.Status == current.Task.Status && next.Task.AssigneeID == current.Task.AssigneeID {
		return current, nil // nothing to change
	}
	if text != "" {
		if next.Comment, err = s.insertComment(ctx, tx, current.Task, text); err != nil {
			return current, err
		}
	}
	return s.save(ctx, tx, next, event)
}

// save writes the task's row with the next version, and emits the event.
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

// insertComment inserts a comment of the actor.
func (s *Service) insertComment(ctx context.Context, tx *store.Tx, t Task, text string) (*Comment, error) {
	row := Comment{ID: store.NewID(), StoreID: t.StoreID, TaskID: t.ID, AuthorID: tx.ActorID.UUID, Body: text, CreatedAt: tx.Now}
	if err := New(tx.Deferred()).insertComment(ctx, insertCommentParams(row)); err != nil {
		return nil, fmt.Errorf("insert a comment: %w", err)
	}
	return &row, nil
}
