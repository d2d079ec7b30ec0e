package resolvers

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// Limits of a task. Lengths are in characters.
const (
	maxTitleLen        = 200
	maxInstructionsLen = 5000
	maxSteps           = 50
	maxStepsPerCommand = 10_000 // of all tasks of one command: more would exceed the request timeout
)

// createdTasks is the result of creating tasks, as it is stored for the idempotency key.
type createdTasks struct {
	Created  []tasks.EventData   `json:"created"`
	Rejected []store.RejectedRow `json:"rejected"`
}

// createTasks creates the valid tasks of the input.
func (r *Resolver) createTasks(ctx context.Context, in graph.CreateTasksInput) (createdTasks, []store.UserError, error) {
	c := store.Command{Locks: taskLocks(loaders.FromContext(ctx).Scope, in.Tasks)}
	return runMutation(ctx, r, c, checkRowCount("tasks", len(in.Tasks)),
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (createdTasks, error) {
			drafts, rejected, err := parseTasks(r.withTxLoaders(ctx, tx, scope), in.Tasks)
			if err != nil {
				return createdTasks{}, err
			}
			created, err := r.Modules.Tasks.Create(ctx, tx, scope, drafts)
			return createdTasks{created, rejected}, err
		})
}

// taskLocks returns the locks of the tasks' stores. It skips invalid ids and stores outside the scope: parseTasks reports them.
func taskLocks(scope auth.Scope, list []graph.TaskInput) []store.Lock {
	var locks []store.Lock
	for _, in := range list[:min(len(list), tasks.MaxTasks)] {
		if id, err := store.ParseID(stores.StorePrefix, in.StoreID); err == nil && scope.IncludesStore(id) {
			locks = append(locks, store.StoreLock(id))
		}
	}
	return locks
}

func (c createdTasks) createdCount() int32 { return int32(len(c.Created)) } //nolint:gosec // at most tasks.MaxTasks

// loadTasks returns the created tasks and primes the loaders with their steps.
func (c createdTasks) loadTasks(ctx context.Context) []tasks.Task {
	rows := make([]tasks.Task, len(c.Created))
	for i, d := range c.Created {
		rows[i] = d.Task
		loaders.FromContext(ctx).Tasks().PrimeSteps(&rows[i], d.Steps)
	}
	loaders.Together(ctx, rows)
	return rows
}

// parseTasks parses tasks to create. It loads the objects that they refer to together.
func parseTasks(ctx context.Context, list []graph.TaskInput) (drafts []tasks.Draft, rejected []store.RejectedRow, err error) {
	known, err := loadTaskReferences(ctx, list)
	if err != nil {
		return nil, nil, err
	}
	drafts, _, rejected, err = parseRows(list, func(_ int, in graph.TaskInput) (tasks.Draft, error) { return known.parseTask(in) })
	if err != nil {
		return nil, nil, err
	}
	steps := 0
	for _, draft := range drafts {
		steps += len(draft.Steps)
	}
	if steps > maxStepsPerCommand {
		return nil, nil, store.NewUserError(store.CodeTooMany, "tasks",
			"The tasks have %d steps. Send at most %d at a time.", steps, maxStepsPerCommand)
	}
	return drafts, rejected, nil
}

// taskReferences are the objects that new tasks refer to, by the ids that the client sent.
type taskReferences struct {
	stores    map[string]*stores.Snapshot
	templates map[string]*tasks.Template
	employees map[string]*staff.Employee
	products  map[string]*catalog.Product
	steps     map[uuid.UUID][]tasks.TemplateStep // by the template
}

// loadTaskReferences loads the objects with one statement per type. It skips invalid ids.
func loadTaskReferences(ctx context.Context, list []graph.TaskInput) (known taskReferences, err error) {
	l := loaders.FromContext(ctx)
	known.stores, err = loadReferenced(ctx, l.Stores().Stores, stores.StorePrefix, list,
		func(t graph.TaskInput) *string { return &t.StoreID })
	if err != nil {
		return known, err
	}
	known.templates, err = loadReferenced(ctx, l.Tasks().Templates, tasks.TemplatePrefix, list,
		func(t graph.TaskInput) *string { return t.TemplateID })
	if err != nil {
		return known, err
	}
	known.employees, err = loadReferenced(ctx, l.Staff().Employees, staff.EmployeePrefix, list,
		func(t graph.TaskInput) *string { return t.AssigneeID })
	if err != nil {
		return known, err
	}
	known.products, err = loadReferenced(ctx, l.Catalog().Products, catalog.ProductPrefix, list,
		func(t graph.TaskInput) *string { return t.ProductID })
	if err != nil {
		return known, err
	}
	var ids []uuid.UUID
	for _, template := range known.templates {
		ids = append(ids, template.ID)
	}
	steps, err := l.Tasks().TemplateSteps.LoadMany(ctx, ids)
	if err != nil {
		return known, err
	}
	known.steps = map[uuid.UUID][]tasks.TemplateStep{}
	for i, id := range ids {
		known.steps[id] = steps[i]
	}
	return known, nil
}

func loadReferenced[T any](
	ctx context.Context, l *loaders.Loader[uuid.UUID, *T], prefix string, list []graph.TaskInput, of func(graph.TaskInput) *string,
) (map[string]*T, error) {
	var ids []uuid.UUID
	var sent []string
	for _, in := range list {
		if s := of(in); s != nil {
			if id, err := store.ParseID(prefix, *s); err == nil {
				ids, sent = append(ids, id), append(sent, *s)
			}
		}
	}
	rows, err := l.LoadMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	found := make(map[string]*T, len(rows))
	for i, row := range rows {
		if row != nil {
			found[sent[i]] = row
		}
	}
	return found, nil
}

// parseTask parses a task to create.
func (known taskReferences) parseTask(in graph.TaskInput) (tasks.Draft, error) {
	at, err := known.openStore(in.StoreID)
	if err != nil {
		return tasks.Draft{}, err
	}
	d, err := known.parseContent(in)
	if err != nil {
		return d, err
	}
	d.StoreID, d.DueAt = at.ID, in.DueAt
	if err := checkDueYear("dueAt", d.DueAt); err != nil {
		return d, err
	}
	if in.AssigneeID != nil {
		employee := known.employees[*in.AssigneeID]
		if err := checkAssignee(at.ID, employee); err != nil {
			return d, err
		}
		d.AssigneeID = uuid.NullUUID{UUID: employee.ID, Valid: true}
	}
	return d, nil
}

// openStore returns the store of a new task, which must not be closed.
func (known taskReferences) openStore(id string) (*stores.Snapshot, error) {
	at := known.stores[id]
	if at == nil {
		return nil, store.NewUserError(store.CodeNotFound, "storeId", "There is no such store.")
	}
	if at.Status == stores.StatusClosed {
		return nil, store.NewUserError(store.CodeClosed, "storeId", "The store %s is permanently closed and takes no tasks.", at.Code)
	}
	return at, nil
}

// parseContent parses what does not depend on the store.
func (known taskReferences) parseContent(in graph.TaskInput) (d tasks.Draft, err error) {
	d.Priority = tasks.PriorityNormal
	if in.TemplateID != nil {
		template := known.templates[*in.TemplateID]
		if template == nil {
			return d, store.NewUserError(store.CodeNotFound, "templateId", "There is no such template.")
		}
		if template.ArchivedAt != nil {
			return d, store.NewUserError(store.CodeClosed, "templateId",
				"The template %s is archived. Restore it, or choose another one.", store.Quote(template.Code))
		}
		d.TemplateID = uuid.NullUUID{UUID: template.ID, Valid: true}
		d.Title, d.Instructions, d.Kind, d.Priority = template.Title, template.Instructions, template.Kind, template.Priority
		for _, step := range known.steps[template.ID] {
			d.Steps = append(d.Steps, tasks.DraftStep{Title: step.Title, Required: step.Required})
		}
	}
	if in.ProductID != nil {
		product := known.products[*in.ProductID]
		if product == nil {
			return d, store.NewUserError(store.CodeNotFound, "productId", "There is no such product.")
		}
		d.ProductID = uuid.NullUUID{UUID: product.ID, Valid: true}
	}
	err = applyInput(&d, in)
	return d, err
}

// applyInput overrides the template's values with those of the input, and checks the result.
func applyInput(d *tasks.Draft, in graph.TaskInput) (err error) {
	d.Kind, d.Priority = cmp.Or(store.Deref(in.Kind), d.Kind), cmp.Or(store.Deref(in.Priority), d.Priority)
	if d.Kind == "" {
		return store.NewUserError(store.CodeRequired, "kind", "The kind is missing. Send a kind or a templateId.")
	}
	if in.Title != nil {
		if d.Title, err = store.CleanText("title", *in.Title, maxTitleLen); err != nil {
			return err
		}
	}
	if d.Title == "" {
		return store.NewUserError(store.CodeRequired, "title", "The title is missing. Send a title or a templateId.")
	}
	if in.Instructions != nil {
		if d.Instructions, err = store.CleanText("instructions", *in.Instructions, maxInstructionsLen); err != nil {
			return err
		}
	}
	if in.Steps != nil {
		d.Steps, err = parseSteps(in.Steps)
	}
	return err
}

// checkDueYear checks the year of a due time.
func checkDueYear(field string, due time.Time) error {
	if year := due.UTC().Year(); year < 2000 || year > 2100 {
		return store.NewInputError(field, "The year %d is out of range. Send a time between the years 2000 and 2100.", year)
	}
	return nil
}

func parseSteps(list []graph.TaskStepInput) ([]tasks.DraftStep, error) {
	if len(list) > maxSteps {
		return nil, store.NewUserError(store.CodeTooMany, "steps", "There are %d steps. At most %d are allowed.", len(list), maxSteps)
	}
	steps := make([]tasks.DraftStep, len(list))
	for i, in := range list {
		title, err := store.CleanText(fmt.Sprintf("steps.%d.title", i), in.Title, maxTitleLen)
		if err != nil {
			return nil, err
		}
		steps[i] = tasks.DraftStep{Title: title, Required: in.IsRequired}
	}
	return steps, nil
}
