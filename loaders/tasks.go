package loaders

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
	"aisle/store/tasks"
)

// Tasks loads tasks, their steps and comments, and templates.
type Tasks struct {
	Tasks         *Loader[uuid.UUID, *tasks.Task]
	PagesOfStore  *Loader[ParentQuery[uuid.UUID, tasks.PageQuery], store.Page[tasks.Task]]
	CountOfStore  *Loader[ParentQuery[uuid.UUID, tasks.Filter], int]
	Workloads     *Loader[uuid.UUID, tasks.Workload]
	StepsOf       *Loader[tasks.TaskKey, []tasks.Step]
	Steps         *Loader[uuid.UUID, *tasks.Step]
	Comments      *Loader[uuid.UUID, *tasks.Comment]
	CommentPages  *Loader[ParentQuery[tasks.TaskKey, tasks.CommentPageQuery], store.Page[tasks.Comment]]
	CommentCount  *Loader[tasks.TaskKey, int]
	Templates     *Loader[uuid.UUID, *tasks.Template]
	TemplateSteps *Loader[uuid.UUID, []tasks.TemplateStep]

	known *sync.Map // *tasks.Task to []tasks.Step
}

func newTasks(r *request, s *tasks.Service, h *EntityCache) Tasks {
	workloads := func(ctx context.Context, scope auth.Scope, ids []uuid.UUID) (map[uuid.UUID]tasks.Workload, error) {
		found, err := s.GetWorkloads(ctx, scope, ids, r.now)
		for _, w := range found {
			r.reads.AddExpiry(w.NextDue)
		}
		return found, err
	}
	return Tasks{
		Tasks:        newRows(r, s.GetTasks, func(t *tasks.Task) uuid.UUID { return t.ID }),
		PagesOfStore: newPages(r, s.ListByStore),
		CountOfStore: newByQuery(r, s.CountByStore),
		Workloads:    newCounts(r, workloads),
		StepsOf:      newLists(r, s.ListSteps, func(s *tasks.Step) tasks.TaskKey { return s.Key() }),
		Steps:        newRows(r, s.GetSteps, func(s *tasks.Step) uuid.UUID { return s.ID }),
		Comments:     newRows(r, s.GetComments, func(c *tasks.Comment) uuid.UUID { return c.ID }),
		CommentPages: newPages(r, s.ListComments),
		CommentCount: newCounts(r, s.CountComments),
		Templates:    newHotRows(r, h.templates, s.GetTemplates, func(t *tasks.Template) uuid.UUID { return t.ID }, everyone),
		TemplateSteps: newHotLists(r, h.templateSteps, s.ListTemplateSteps,
			func(s *tasks.TemplateStep) uuid.UUID { return s.TemplateID }),
		known: &sync.Map{},
	}
}

// PrimeSteps tells the loaders which steps a task had when it was as it is here: a command or an event has it with them, and
// others of its versions may be in the same answer.
func (t Tasks) PrimeSteps(task *tasks.Task, steps []tasks.Step) {
	if steps == nil {
		steps = []tasks.Step{} // there are none: null would say that they are not known
	}
	t.known.Store(task, steps)
}

// StepsOfEach are the steps of each task, in their order.
func (t Tasks) StepsOfEach(ctx context.Context, list []*tasks.Task) ([][]tasks.Step, error) {
	steps := make([][]tasks.Step, len(list))
	var unknown []*tasks.Task
	var places []int // of the unknown in the list
	for i, task := range list {
		if known, ok := t.known.Load(task); ok {
			steps[i], _ = known.([]tasks.Step)
			continue
		}
		unknown, places = append(unknown, task), append(places, i)
	}
	read, err := LoadEach(ctx, t.StepsOf, unknown, func(t *tasks.Task) tasks.TaskKey { return t.Key() })
	if err != nil {
		return nil, err
	}
	for i, place := range places {
		steps[place] = read[i]
	}
	return steps, nil
}
