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

// createTemplate creates a template.
func (r *Resolver) createTemplate(ctx context.Context, in graph.CreateTaskTemplateInput) (*tasks.Template, []store.UserError, error) {
	draft, steps, err := parseTemplate(in)
	return r.runTemplateMutation(ctx, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (tasks.TemplateEventData, error) {
			return r.Modules.Tasks.CreateTemplate(ctx, tx, scope, draft, steps)
		})
}

// parseTemplate parses a template to create.
func parseTemplate(in graph.CreateTaskTemplateInput) (draft tasks.Template, steps []tasks.DraftStep, err error) {
	draft = tasks.Template{Kind: in.Kind, Priority: tasks.PriorityNormal}
	if draft.Code, err = store.CleanText("code", in.Code, maxCodeLen); err != nil {
		return draft, nil, err
	}
	apply, steps, err := parseTemplateChanges(graph.UpdateTaskTemplateInput{
		Title: &in.Title, Instructions: in.Instructions, Priority: in.Priority, Steps: in.Steps,
	})
	if err == nil {
		apply(&draft)
	}
	return draft, steps, err
}

// updateTemplate changes a template.
func (r *Resolver) updateTemplate(ctx context.Context, in graph.UpdateTaskTemplateInput) (*tasks.Template, []store.UserError, error) {
	id, inputErr := parseID("templateId", tasks.TemplatePrefix, in.TemplateID)
	apply, steps, err := parseTemplateChanges(in)
	return r.runTemplateMutation(ctx, cmp.Or(inputErr, err),
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (tasks.TemplateEventData, error) {
			return r.Modules.Tasks.UpdateTemplate(ctx, tx, scope, id, in.ExpectedVersion, apply, steps)
		})
}

// runTemplateMutation runs a command on a template. Such commands run one at a time. inputErr is the error of parsing the input.
func (r *Resolver) runTemplateMutation(
	ctx context.Context, inputErr error,
	f func(ctx context.Context, scope auth.Scope, tx *store.Tx) (tasks.TemplateEventData, error),
) (*tasks.Template, []store.UserError, error) {
	c := store.Command{Locks: []store.Lock{store.ModuleLock("tasks")}}
	d, userErrs, err := runMutation(ctx, r, c, inputErr, f)
	if err != nil || d.Template.ID == uuid.Nil {
		return nil, userErrs, err
	}
	return &d.Template, userErrs, nil
}

// parseTemplateChanges parses the changes of a template. Nil steps stay unchanged.
func parseTemplateChanges(in graph.UpdateTaskTemplateInput) (apply func(*tasks.Template), steps []tasks.DraftStep, err error) {
	if in.Title != nil {
		title, err := store.CleanText("title", *in.Title, maxTitleLen)
		if err != nil {
			return nil, nil, err
		}
		in.Title = &title
	}
	if in.Instructions, err = parseOptionalText("instructions", in.Instructions, maxInstructionsLen); err != nil {
		return nil, nil, err
	}
	if in.Steps != nil {
		if steps, err = parseSteps(in.Steps); err != nil {
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
