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
	draft = tasks.Template{Kind: in.Kind, Priority: cmp.Or(store.Deref(in.Priority), tasks.PriorityNormal)}
	if draft.Code, err = store.CleanText("code", in.Code, maxCodeLen); err != nil {
		return draft, nil, err
	}
	if draft.Title, err = store.CleanText("title", in.Title, maxTitleLen); err != nil {
		return draft, nil, err
	}
	if in.Instructions != nil {
		if draft.Instructions, err = store.CleanText("instructions", *in.Instructions, maxInstructionsLen); err != nil {
			return draft, nil, err
		}
	}
	steps, err = parseSteps(in.Steps)
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

// archiveTemplate archives a template.
func (r *Resolver) archiveTemplate(ctx context.Context, in graph.ArchiveTaskTemplateInput) (*tasks.Template, []store.UserError, error) {
	id, err := parseID("templateId", tasks.TemplatePrefix, in.TemplateID)
	return r.runTemplateMutation(ctx, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (tasks.TemplateEventData, error) {
			return r.Modules.Tasks.ArchiveTemplate(ctx, tx, scope, id, in.ExpectedVersion)
		})
}

// restoreTemplate restores a template.
func (r *Resolver) restoreTemplate(ctx context.Context, in graph.RestoreTaskTemplateInput) (*tasks.Template, []store.UserError, error) {
	id, err := parseID("templateId", tasks.TemplatePrefix, in.TemplateID)
	return r.runTemplateMutation(ctx, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (tasks.TemplateEventData, error) {
			return r.Modules.Tasks.RestoreTemplate(ctx, tx, scope, id, in.ExpectedVersion)
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
	title, titleErr := parseRequiredText("title", in.Title, maxTitleLen)
	kind, kindErr := parseRequired("kind", in.Kind)
	priority, priorityErr := parseRequired("priority", in.Priority)
	instructions, instructionsErr := parseKeptText("instructions", in.Instructions, maxInstructionsLen)
	if err := firstError(titleErr, kindErr, priorityErr, instructionsErr); err != nil {
		return nil, nil, err
	}
	if list, changesSteps := in.Steps.ValueOK(); changesSteps {
		if steps, err = parseSteps(list); err != nil {
			return nil, nil, err
		}
	}
	return func(t *tasks.Template) {
		setIf(&t.Title, title)
		setIf(&t.Kind, kind)
		setIf(&t.Priority, priority)
		setIf(&t.Instructions, instructions)
	}, steps, nil
}
