package resolvers

// gqlgen adds what is missing here when the schema grows. It keeps the resolvers and moves everything else out: helpers
// live in other files.

import (
	"context"

	"github.com/google/uuid"

	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

func (r *queryResolver) Task(ctx context.Context, id string) (*tasks.Task, error) {
	taskID, err := store.ParseID(tasks.TaskPrefix, id)
	if err != nil {
		return nil, err
	}
	return loaders.From(ctx).Tasks.Tasks.Load(ctx, taskID)
}

func (r *queryResolver) Tasks(ctx context.Context, first *int32, after *string, storeID *string, filter *graph.TaskFilter, orderBy tasks.Order) (*graph.Connection[tasks.Task], error) {
	q, err := taskQuery(first, after, filter, orderBy)
	if err != nil {
		return nil, err
	}
	if q.StoreID, err = optionalID(stores.StorePrefix, storeID); err != nil {
		return nil, err
	}
	scope := loaders.From(ctx).Scope
	rows, err := r.Modules.Tasks.Page(ctx, scope, q)
	return connection(ctx, rows, err, q.After, taskCursor(orderBy), func(ctx context.Context) (int, error) {
		return r.Modules.Tasks.Count(ctx, scope, q.Filter)
	})
}

func (r *queryResolver) TaskTemplate(ctx context.Context, id string) (*tasks.Template, error) {
	templateID, err := store.ParseID(tasks.TemplatePrefix, id)
	if err != nil {
		return nil, err
	}
	return loaders.From(ctx).Tasks.Templates.Load(ctx, templateID)
}

func (r *queryResolver) TaskTemplates(ctx context.Context, first *int32, after *string, kind *tasks.Kind) (*graph.Connection[tasks.Template], error) {
	q := tasks.TemplatePageQuery{Kind: orZero(kind)}
	if err := page(first, after, tasks.ParseTemplateCursor, &q.First, &q.After); err != nil {
		return nil, err
	}
	scope := loaders.From(ctx).Scope
	rows, err := r.Modules.Tasks.TemplatePage(ctx, scope, q)
	return connection(ctx, rows, err, q.After, (*tasks.Template).Cursor, func(ctx context.Context) (int, error) {
		return r.Modules.Tasks.CountTemplates(ctx, scope, q.Kind)
	})
}

func (r *taskResolver) IsOverdue(ctx context.Context, objs []*tasks.Task) ([]bool, error) {
	now := loaders.From(ctx).Now
	overdue := make([]bool, len(objs))
	for i, task := range objs {
		overdue[i] = task.OverdueAt(now)
	}
	return overdue, nil
}

func (r *taskResolver) Store(ctx context.Context, objs []*tasks.Task) ([]*stores.Snapshot, error) {
	return loaders.Each(ctx, loaders.From(ctx).Stores.Stores, objs,
		func(t *tasks.Task) uuid.UUID { return t.StoreID })
}

func (r *taskResolver) Assignee(ctx context.Context, objs []*tasks.Task) ([]*staff.Employee, error) {
	return loaders.EachOptional(ctx, loaders.From(ctx).Staff.Employees, objs,
		func(t *tasks.Task) uuid.NullUUID { return t.AssigneeID })
}

func (r *taskResolver) Product(ctx context.Context, objs []*tasks.Task) ([]*catalog.Product, error) {
	return loaders.EachOptional(ctx, loaders.From(ctx).Catalog.Products, objs,
		func(t *tasks.Task) uuid.NullUUID { return t.ProductID })
}

func (r *taskResolver) Template(ctx context.Context, objs []*tasks.Task) ([]*tasks.Template, error) {
	return loaders.EachOptional(ctx, loaders.From(ctx).Tasks.Templates, objs,
		func(t *tasks.Task) uuid.NullUUID { return t.TemplateID })
}

func (r *taskResolver) Steps(ctx context.Context, objs []*tasks.Task) ([][]tasks.Step, error) {
	return loaders.Each(ctx, loaders.From(ctx).Tasks.StepsOf, objs, taskKey)
}

func (r *taskResolver) Comments(ctx context.Context, objs []*tasks.Task, first *int32, after *string) ([]*graph.Connection[tasks.Comment], error) {
	q := tasks.CommentPageQuery{}
	if err := page(first, after, tasks.ParseCommentCursor, &q.First, &q.After); err != nil {
		return nil, err
	}
	l := loaders.From(ctx).Tasks
	return list[tasks.Task, loaders.Of[tasks.TaskKey, tasks.CommentPageQuery], tasks.TaskKey, tasks.Comment]{
		l.CommentPages, of(taskKey, q), l.CommentCount, taskKey, q.After, (*tasks.Comment).Cursor,
	}.of(ctx, objs)
}

func (r *taskCommentResolver) Author(ctx context.Context, objs []*tasks.Comment) ([]*staff.Employee, error) {
	return loaders.Each(ctx, loaders.From(ctx).Staff.Employees, objs,
		func(c *tasks.Comment) uuid.UUID { return c.AuthorID })
}

func (r *taskStepResolver) DoneBy(ctx context.Context, objs []*tasks.Step) ([]*staff.Employee, error) {
	return loaders.EachOptional(ctx, loaders.From(ctx).Staff.Employees, objs,
		func(s *tasks.Step) uuid.NullUUID { return s.DoneByID })
}

func (r *taskTemplateResolver) Steps(ctx context.Context, objs []*tasks.Template) ([][]tasks.TemplateStep, error) {
	return loaders.Each(ctx, loaders.From(ctx).Tasks.TemplateSteps, objs,
		func(t *tasks.Template) uuid.UUID { return t.ID })
}

func (r *Resolver) Task() graph.TaskResolver { return &taskResolver{r} }

func (r *Resolver) TaskComment() graph.TaskCommentResolver { return &taskCommentResolver{r} }

func (r *Resolver) TaskStep() graph.TaskStepResolver { return &taskStepResolver{r} }

func (r *Resolver) TaskTemplate() graph.TaskTemplateResolver { return &taskTemplateResolver{r} }

type (
	taskResolver         struct{ *Resolver }
	taskCommentResolver  struct{ *Resolver }
	taskStepResolver     struct{ *Resolver }
	taskTemplateResolver struct{ *Resolver }
)
