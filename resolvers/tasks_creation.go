package resolvers

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

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
	Created    []tasks.EventData `json:"created"`
	UserErrors []store.UserError `json:"user_errors"` // of the rejected tasks, with their paths
}

// createTasks creates the valid tasks and returns the errors of the others. inputErr is the error of preparing the list, or nil.
func (r *Resolver) createTasks(
	ctx context.Context, list []graph.TaskInput, inputErr error,
) (createdTasks, error) {
	c := store.Command{Locks: taskLocks(loaders.FromContext(ctx).Scope, list)}
	done, userErrs, err := runMutation(ctx, r, c, inputErr,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (createdTasks, error) {
			drafts, rejected, err := parseTasks(r.withTxLoaders(ctx, tx, scope), list)
			if err != nil {
				return createdTasks{}, err
			}
			created, err := r.Modules.Tasks.Create(ctx, tx, scope, drafts)
			return createdTasks{created, rejected}, err
		})
	if err != nil {
		return createdTasks{}, err
	}
	done.UserErrors = append(done.UserErrors, userErrs...)
	return done, nil
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

// rejectedRows returns the rejected tasks as rows of the input.
func (c createdTasks) rejectedRows() []store.RejectedRow {
	rows := []store.RejectedRow{}
	for i := range c.UserErrors {
		if field := c.UserErrors[i].Field; len(field) > 2 {
			index, _ := strconv.Atoi(field[1]) // parseTasks wrote it
			row := store.NewRejectedRow(index, &c.UserErrors[i])
			row.Field = field[2:]
			rows = append(rows, row)
		}
	}
	return rows
}

// parseTasks parses tasks to create. It loads the objects that they refer to together.
func parseTasks(ctx context.Context, list []graph.TaskInput) (drafts []tasks.Draft, rejected []store.UserError, err error) {
	if n := len(list); n == 0 {
		return nil, nil, store.NewInputError("tasks", "There are no tasks. Send 1 to %d.", tasks.MaxTasks)
	} else if n > tasks.MaxTasks {
		return nil, nil, store.NewInputError("tasks", "There are %d tasks. Send at most %d at a time.", n, tasks.MaxTasks)
	}
	known, err := loadTaskReferences(ctx, list)
	if err != nil {
		return nil, nil, err
	}
	steps := 0
	for i, in := range list {
		draft, err := known.parseTask(in)
		steps += len(draft.Steps)
		userErrs, internalErr := asUserErrors(err)
		switch {
		case internalErr != nil:
			return nil, nil, internalErr
		case err != nil:
			userErrs[0].Field = append([]string{"tasks", strconv.Itoa(i)}, userErrs[0].Field...)
			rejected = append(rejected, userErrs[0])
		default:
			drafts = append(drafts, draft)
		}
	}
	if steps > maxStepsPerCommand {
		return nil, nil, store.NewInputError("tasks", "The tasks have %d steps. Send at most %d at a time.", steps, maxStepsPerCommand)
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
func (known taskReferences) parseTask(in graph.TaskInput) (d tasks.Draft, err error) {
	at := known.stores[in.StoreID]
	if at == nil {
		return d, store.NewUserError(store.CodeNotFound, "storeId", "There is no such store.")
	}
	if at.Status == stores.StatusClosed {
		return d, store.NewInputError("storeId", "The store %s is permanently closed and takes no tasks.", at.Code)
	}
	d = tasks.Draft{StoreID: at.ID, Priority: tasks.PriorityNormal, DueAt: in.DueAt}
	if in.TemplateID != nil {
		template := known.templates[*in.TemplateID]
		if template == nil {
			return d, store.NewUserError(store.CodeNotFound, "templateId", "There is no such template.")
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
	if in.AssigneeID != nil {
		employee := known.employees[*in.AssigneeID]
		if err := checkAssignee(at.ID, employee); err != nil {
			return d, err
		}
		d.AssigneeID = uuid.NullUUID{UUID: employee.ID, Valid: true}
	}
	err = applyInput(&d, in)
	return d, err
}

// applyInput overrides the template's values with those of the input, and checks the result.
func applyInput(d *tasks.Draft, in graph.TaskInput) (err error) {
	d.Kind, d.Priority = cmp.Or(deref(in.Kind), d.Kind), cmp.Or(deref(in.Priority), d.Priority)
	if d.Kind == "" {
		return store.NewInputError("kind", "Send a kind or a templateId.")
	}
	if in.Title != nil {
		if d.Title, err = store.CleanText("title", *in.Title, maxTitleLen); err != nil {
			return err
		}
	}
	if d.Title == "" {
		return store.NewInputError("title", "Send a title or a templateId.")
	}
	if in.Instructions != nil {
		if d.Instructions, err = store.CleanOptionalText("instructions", *in.Instructions, maxInstructionsLen); err != nil {
			return err
		}
	}
	if year := d.DueAt.UTC().Year(); year < 2000 || year > 2100 {
		return store.NewInputError("dueAt", "The year %d is out of range. Send a time between the years 2000 and 2100.", year)
	}
	if in.Steps == nil {
		return nil
	}
	d.Steps, err = parseSteps(in.Steps)
	return err
}

func parseSteps(list []graph.TaskStepInput) ([]tasks.DraftStep, error) {
	if len(list) > maxSteps {
		return nil, store.NewInputError("steps", "There are %d steps. At most %d are allowed.", len(list), maxSteps)
	}
	steps := make([]tasks.DraftStep, len(list))
	for i, in := range list {
		title, err := store.CleanText("title", in.Title, maxTitleLen)
		if err != nil {
			return nil, withField(err, "steps", strconv.Itoa(i), "title")
		}
		steps[i] = tasks.DraftStep{Title: title, Required: in.IsRequired}
	}
	return steps, nil
}

// expandRegion returns one task for each open store of a region.
func (r *Resolver) expandRegion(ctx context.Context, in graph.CreateRegionTasksInput) ([]graph.TaskInput, error) {
	regionID, err := parseID("regionId", stores.RegionPrefix, in.RegionID)
	if err != nil {
		return nil, err
	}
	ids, err := r.Modules.Stores.ListIDsByRegion(ctx, regionID)
	if err != nil {
		return nil, err
	}
	found, err := loaders.FromContext(ctx).Stores().Stores.LoadMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(s *stores.Snapshot) bool { return s == nil })
	if len(found) == 0 {
		return nil, store.NewUserError(store.CodeNotFound, "regionId", "There is no such region, or it has no stores.")
	}
	slices.SortFunc(found, func(a, b *stores.Snapshot) int { return strings.Compare(a.Code, b.Code) })
	var list []graph.TaskInput
	for _, at := range found {
		if at.Status == stores.StatusOpen {
			list = append(list, graph.TaskInput{
				StoreID: at.GlobalID(), TemplateID: in.TemplateID, Title: in.Title, Instructions: in.Instructions,
				Kind: in.Kind, Priority: in.Priority, DueAt: in.DueAt, ProductID: in.ProductID, Steps: in.Steps,
			})
		}
	}
	return list, nil
}
