package resolvers

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
	"aisle/store/tasks"
)

// createTemplate writes a new template.
func (r *Resolver) createTemplate(ctx context.Context, in graph.CreateTaskTemplateInput) (*tasks.Template, []store.UserError, error) {
	draft, steps, err := draftTemplate(in)
	return r.onTemplates(ctx, "createTaskTemplate", in.IdempotencyKey, in, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (tasks.TemplateEventData, error) {
			return r.Modules.Tasks.CreateTemplate(ctx, tx, scope, draft, steps)
		})
}

// draftTemplate reads a template that is to be written.
func draftTemplate(in graph.CreateTaskTemplateInput) (draft tasks.Template, steps []tasks.DraftStep, err error) {
	draft = tasks.Template{Kind: in.Kind, Priority: tasks.PriorityNormal}
	if draft.Code, err = store.CleanText("code", in.Code, longestCode); err != nil {
		return draft, nil, err
	}
	apply, steps, err := templateChanges(graph.UpdateTaskTemplateInput{
		Title: &in.Title, Instructions: in.Instructions, Priority: in.Priority, Steps: in.Steps,
	})
	if err == nil {
		apply(&draft)
	}
	return draft, steps, err
}

// updateTemplate changes a template.
func (r *Resolver) updateTemplate(ctx context.Context, in graph.UpdateTaskTemplateInput) (*tasks.Template, []store.UserError, error) {
	id, wrong := idIn("templateId", tasks.TemplatePrefix, in.TemplateID)
	apply, steps, err := templateChanges(in)
	return r.onTemplates(ctx, "updateTaskTemplate", in.IdempotencyKey, in, cmp.Or(wrong, err),
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (tasks.TemplateEventData, error) {
			return r.Modules.Tasks.UpdateTemplate(ctx, tx, scope, id, in.ExpectedVersion, apply, steps)
		})
}

// onTemplates runs a command on templates: they wait for each other. wrong is what reading the input came to.
func (r *Resolver) onTemplates(
	ctx context.Context, name string, key *string, input any, wrong error,
	f func(ctx context.Context, scope auth.Scope, tx *store.Tx) (tasks.TemplateEventData, error),
) (*tasks.Template, []store.UserError, error) {
	c := store.Command{Name: name, IdempotencyKey: key, Input: input, Locks: []store.Lock{store.ModuleLock("tasks")}}
	d, broken, err := runMutation(ctx, r, c, wrong, f)
	if err != nil || d.Template.ID == uuid.Nil {
		return nil, broken, err
	}
	return &d.Template, broken, nil
}

// templateChanges reads what of a template is to change. Steps are nil when they stay.
func templateChanges(in graph.UpdateTaskTemplateInput) (apply func(*tasks.Template), steps []tasks.DraftStep, err error) {
	if in.Title != nil {
		title, err := store.CleanText("title", *in.Title, longestTitle)
		if err != nil {
			return nil, nil, err
		}
		in.Title = &title
	}
	if in.Instructions, err = cleaned("instructions", in.Instructions, longestInstructions); err != nil {
		return nil, nil, err
	}
	if in.Steps != nil {
		if steps, err = draftSteps(in.Steps); err != nil {
			return nil, nil, err
		}
	}
	return func(t *tasks.Template) {
		setIf(&t.Title, in.Title)
		setIf(&t.Instructions, in.Instructions)
		setIf(&t.Kind, in.Kind)
		setIf(&t.Priority, in.Priority)
	}, steps, nil
}
