package loaders

import (
	"context"
	"slices"
	"sync"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
	"aisle/store/tasks"
)

// Tasks loads tasks, their steps and comments, and templates.
type Tasks struct {
	Tasks           *Loader[uuid.UUID, *tasks.Task]
	PagesOfStore    *Loader[ParentQuery[uuid.UUID, tasks.PageQuery], store.Page[tasks.Task]]
	CountOfStore    *Loader[ParentQuery[uuid.UUID, tasks.Filter], int]
	PagesOfAssignee *Loader[ParentQuery[uuid.UUID, tasks.PageQuery], store.Page[tasks.Task]]
	CountOfAssignee *Loader[ParentQuery[uuid.UUID, tasks.Filter], int]
	Workloads       *Loader[uuid.UUID, tasks.Workload]
	OverdueStores   *Loader[struct{}, []uuid.UUID] // ids of the stores with overdue tasks; there is one key
	StepsOf         *Loader[tasks.TaskKey, []tasks.Step]
	Steps           *Loader[uuid.UUID, *tasks.Step]
	Comments        *Loader[uuid.UUID, *tasks.Comment]
	CommentPages    *Loader[ParentQuery[tasks.TaskKey, tasks.CommentPageQuery], store.Page[tasks.Comment]]
	CommentCount    *Loader[tasks.TaskKey, int]
	Templates       *Loader[uuid.UUID, *tasks.Template]
	TemplateSteps   *Loader[uuid.UUID, []tasks.TemplateStep]

	primed *sync.Map // *tasks.Task to []tasks.Step
}

func newTasks(r *request, s *tasks.Service, c *EntityCache) Tasks {
	workloads := func(ctx context.Context, scope auth.Scope, ids []uuid.UUID) (map[uuid.UUID]tasks.Workload, error) {
		found, err := s.GetWorkloads(ctx, scope, ids, r.now)
		for _, w := range found {
			r.dependencies.AddExpiry(w.NextDue)
		}
		return found, err
	}
	return Tasks{
		Tasks:           newRows(r, s.GetTasks, func(t *tasks.Task) uuid.UUID { return t.ID }),
		PagesOfStore:    newPages(r, s.ListByStore),
		CountOfStore:    newByQuery(r, s.CountByStore),
		PagesOfAssignee: newPages(r, s.ListByAssignee),
		CountOfAssignee: newByQuery(r, s.CountByAssignee),
		Workloads:       newCounts(r, workloads),
		OverdueStores: newLoader(r, func(ctx context.Context, keys []struct{}) ([][]uuid.UUID, error) {
			r.dependencies.AddExpiry(r.now) // the query does not read when the next task is due
			ids, err := s.ListStoresWithOverdueTasks(ctx, r.scope, r.now)
			return slices.Repeat([][]uuid.UUID{ids}, len(keys)), err
		}),
		StepsOf:      newLists(r, s.ListSteps, func(s *tasks.Step) tasks.TaskKey { return s.Key() }),
		Steps:        newRows(r, s.GetSteps, func(s *tasks.Step) uuid.UUID { return s.ID }),
		Comments:     newRows(r, s.GetComments, func(c *tasks.Comment) uuid.UUID { return c.ID }),
		CommentPages: newPages(r, s.ListComments),
		CommentCount: newCounts(r, s.CountComments),
		Templates:    newCachedRows(r, c.templates, s.GetTemplates, func(t *tasks.Template) uuid.UUID { return t.ID }, visibleToAll),
		TemplateSteps: newCachedLists(r, c.templateSteps, s.ListTemplateSteps,
			func(s *tasks.TemplateStep) uuid.UUID { return s.TemplateID }),
		primed: &sync.Map{},
	}
}

// PrimeSteps sets the steps of a task as they were at the task's version. A command or an event contains them, and a response
// may contain several versions of a task.
func (t Tasks) PrimeSteps(task *tasks.Task, steps []tasks.Step) {
	if steps == nil {
		steps = []tasks.Step{}
	}
	t.primed.Store(task, steps)
}

// StepsOfEach returns the steps of each task: the primed ones, or else the current ones.
func (t Tasks) StepsOfEach(ctx context.Context, list []*tasks.Task) ([][]tasks.Step, error) {
	steps := make([][]tasks.Step, len(list))
	var missing []*tasks.Task
	var indexes []int // of the missing in the list
	for i, task := range list {
		if primed, ok := t.primed.Load(task); ok {
			steps[i], _ = primed.([]tasks.Step)
			continue
		}
		missing, indexes = append(missing, task), append(indexes, i)
	}
	read, err := LoadEach(ctx, t.StepsOf, missing, func(t *tasks.Task) tasks.TaskKey { return t.Key() })
	if err != nil {
		return nil, err
	}
	for i, index := range indexes {
		steps[index] = read[i]
	}
	return steps, nil
}
