package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/staff"
	"aisle/store/tasks"
)

// The longest texts that people write about tasks, in characters.
const maxCommentLen = 2000

// taskMutation is a mutation of one task, as the client sent it.
type taskMutation struct {
	name            string
	taskID          string
	expectedVersion *int32
	key             *string
	input           any
	inputErr        error // what reading the input came to
}

// taskMutationFunc is what a task command does in its transaction.
type taskMutationFunc func(ctx context.Context, scope auth.Scope, tx *store.Tx, e tasks.Edit) (tasks.EventData, error)

// mutateTask runs a command on one task, and answers the task as it is then; nil when there is no such task.
func (r *Resolver) mutateTask(ctx context.Context, c taskMutation, f taskMutationFunc) (*tasks.Task, []store.UserError, error) {
	d, userErrs, err := r.runTaskMutation(ctx, c, f)
	if err != nil || d.Task.ID == uuid.Nil {
		return nil, userErrs, err
	}
	loaders.FromContext(ctx).Tasks().PrimeSteps(&d.Task, d.Steps)
	return &d.Task, userErrs, nil
}

func (r *Resolver) runTaskMutation(ctx context.Context, c taskMutation, f taskMutationFunc) (tasks.EventData, []store.UserError, error) {
	command := store.Command{Name: c.name, IdempotencyKey: c.key, Input: c.input}
	taskID, storeID := uuid.Nil, uuid.Nil
	if c.inputErr == nil {
		taskID, storeID, c.inputErr = r.locateTask(ctx, c)
	}
	edit := tasks.Edit{TaskID: taskID, ExpectedVersion: c.expectedVersion}
	if scope := loaders.FromContext(ctx).Scope; c.inputErr == nil {
		command.Locks = store.StoreLocks(storeID)
		command.Prefetch = func(ctx context.Context, db store.DB) error { return edit.Read(ctx, db, scope) }
	}
	return runMutation(ctx, r, command, c.inputErr, func(ctx context.Context, scope auth.Scope, tx *store.Tx) (tasks.EventData, error) {
		return f(ctx, scope, tx, edit)
	})
}

// locateTask finds which store to lock for a command. Who sees one store alone finds the task there or nowhere.
func (r *Resolver) locateTask(ctx context.Context, c taskMutation) (taskID, storeID uuid.UUID, err error) {
	if scope := loaders.FromContext(ctx).Scope; !scope.All() && len(scope.StoreIDs()) == 1 {
		taskID, err = parseID("taskId", tasks.TaskPrefix, c.taskID)
		return taskID, scope.StoreIDs()[0], err
	}
	task, err := r.loadTask(ctx, c)
	if err != nil {
		return uuid.Nil, uuid.Nil, err
	}
	return task.ID, task.StoreID, nil
}

// loadTask finds the task of a command.
func (r *Resolver) loadTask(ctx context.Context, c taskMutation) (*tasks.Task, error) {
	id, err := parseID("taskId", tasks.TaskPrefix, c.taskID)
	if err != nil {
		return nil, err
	}
	task, err := loaders.FromContext(ctx).Tasks().Tasks.Load(ctx, id)
	if err == nil && task == nil {
		err = tasks.NotFound()
	}
	return task, err
}

// loadStep finds the step that a client names.
func loadStep(ctx context.Context, id string) (tasks.Step, error) {
	stepID, err := parseID("stepId", tasks.StepPrefix, id)
	if err != nil {
		return tasks.Step{}, err
	}
	step, err := loaders.FromContext(ctx).Tasks().Steps.Load(ctx, stepID)
	if err != nil || step == nil {
		return tasks.Step{}, orNotFoundError(err, "stepId", "step")
	}
	return *step, nil
}

// loadAssignee finds who is to do the task of a command: somebody active who works in its store, or leads it from above.
func (r *Resolver) loadAssignee(ctx context.Context, c taskMutation, id *string) (uuid.NullUUID, error) {
	task, err := r.loadTask(ctx, c)
	if err != nil || id == nil {
		return uuid.NullUUID{}, err
	}
	employeeID, err := parseID("assigneeId", staff.EmployeePrefix, *id)
	if err != nil {
		return uuid.NullUUID{}, err
	}
	employee, err := loaders.FromContext(ctx).Staff().Employees.Load(ctx, employeeID)
	if err != nil {
		return uuid.NullUUID{}, err
	}
	return uuid.NullUUID{UUID: employeeID, Valid: true}, checkAssignee(task.StoreID, employee)
}

func checkAssignee(storeID uuid.UUID, e *staff.Employee) error {
	switch {
	case e == nil:
		return store.NewUserError(store.CodeNotFound, "assigneeId", "There is no such employee.")
	case e.Status != staff.StatusActive:
		return store.NewInputError("assigneeId", "%s does not work here any more: choose somebody else.", e.DisplayName)
	case e.StoreID.Valid && e.StoreID.UUID != storeID:
		return store.NewInputError("assigneeId", "%s works in another store: choose somebody of this one.", e.DisplayName)
	default:
		return nil
	}
}
