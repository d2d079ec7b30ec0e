package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/staff"
	"aisle/store/tasks"
)

// maxCommentLen is the maximum length of comments and feedback, in characters.
const maxCommentLen = 2000

// taskMutation is a mutation of one task.
type taskMutation struct {
	taskID          string
	expectedVersion *int32
	inputErr        error // the error of parsing the input, or nil
}

// taskMutationFunc changes a task in the transaction of a command.
type taskMutationFunc func(ctx context.Context, scope auth.Scope, tx *store.Tx, e tasks.Edit) (tasks.EventData, error)

// mutateTask runs a command on one task. It returns the task after the command, or nil if there is no such task.
func (r *Resolver) mutateTask(ctx context.Context, c taskMutation, f taskMutationFunc) (*tasks.Task, []store.UserError, error) {
	task, _, userErrs, err := r.runTaskMutation(ctx, c, f)
	return task, userErrs, err
}

// runTaskMutation is mutateTask that also returns all that the command changed.
func (r *Resolver) runTaskMutation(
	ctx context.Context, c taskMutation, f taskMutationFunc,
) (*tasks.Task, tasks.EventData, []store.UserError, error) {
	command := store.Command{}
	taskID, storeID := uuid.Nil, uuid.Nil
	if c.inputErr == nil {
		taskID, storeID, c.inputErr = r.locateTask(ctx, c)
	}
	edit := tasks.Edit{TaskID: taskID, ExpectedVersion: c.expectedVersion}
	if scope := loaders.FromContext(ctx).Scope; c.inputErr == nil {
		command.Locks = store.StoreLocks(storeID)
		command.Prefetch = func(ctx context.Context, db store.DB) error { return edit.Read(ctx, db, scope) }
	}
	d, userErrs, err := runMutation(ctx, r, command, c.inputErr,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (tasks.EventData, error) {
			return f(ctx, scope, tx, edit)
		})
	if err != nil || d.Task.ID == uuid.Nil {
		return nil, d, userErrs, err
	}
	loaders.FromContext(ctx).Tasks().PrimeSteps(&d.Task, d.Steps)
	return &d.Task, d, userErrs, nil
}

// parseAssignment returns the assignee's id; null unassigns.
func parseAssignment(in graph.AssignTaskInput) (*string, error) {
	id, sent := in.AssigneeID.ValueOK()
	if !sent {
		return nil, store.NewUserError(store.CodeRequired, "assigneeId",
			"assigneeId is missing. Send the id of an employee, or null to unassign the task.")
	}
	return id, nil
}

// locateTask returns the task and the store to lock for a command. It sends no statement for a viewer with one store: the task is
// there or outside the scope.
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

// loadTask loads the task of a command.
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

// loadStep loads a step by its global id.
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

// loadAssignee loads the assignee of a task: an active employee of its store, its region or the head office.
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
		return store.NewUserError(store.CodeClosed, "assigneeId", "%s is inactive. Choose another employee.", e.DisplayName)
	case e.StoreID.Valid && e.StoreID.UUID != storeID:
		return store.NewInputError("assigneeId", "%s works in another store. Choose an employee of this store.", e.DisplayName)
	default:
		return nil
	}
}
