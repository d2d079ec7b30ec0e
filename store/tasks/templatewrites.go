package tasks

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// TemplateEventData is a template as a command left it: the command's answer, and what its event tells.
type TemplateEventData struct {
	Template Template       `json:"template"`
	Steps    []TemplateStep `json:"steps"`
}

// errScope is a fault of the caller: who may write templates sees the whole chain.
var errScope = errors.New("only who sees the whole chain may write templates")

// CreateTemplate writes a new template. The command has the module's lock, LockModule("tasks").
func (s *Service) CreateTemplate(
	ctx context.Context, tx *store.Tx, scope auth.Scope, draft Template, steps []DraftStep,
) (TemplateEventData, error) {
	if !scope.All() {
		return TemplateEventData{}, errScope
	}
	taken, err := New(tx).findTemplateIDsByCode(ctx, draft.Code)
	if err != nil {
		return TemplateEventData{}, fmt.Errorf("templates by code: %w", err)
	}
	if len(taken) > 0 {
		return TemplateEventData{}, store.NewInputError("code", "The code %q belongs to another template.", draft.Code)
	}
	draft.ID, draft.Version, draft.CreatedAt = store.NewID(), 1, tx.Now
	return s.writeTemplate(ctx, tx, draft, steps)
}

// UpdateTemplate changes a template: change says what. Steps replace all that there are; nil leaves them.
func (s *Service) UpdateTemplate(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expected *int32, change func(*Template), steps []DraftStep,
) (TemplateEventData, error) {
	if !scope.All() {
		return TemplateEventData{}, errScope
	}
	in := NewService(tx)
	found, err := in.GetTemplates(ctx, scope, []uuid.UUID{id})
	if err != nil {
		return TemplateEventData{}, err
	}
	if len(found) == 0 {
		return TemplateEventData{}, store.NewUserError(store.CodeNotFound, "templateId", "There is no such template.")
	}
	now := TemplateEventData{Template: found[0]}
	if now.Steps, err = in.ListTemplateSteps(ctx, scope, []uuid.UUID{id}); err != nil {
		return now, err
	}
	if err := store.CheckVersion("template", now.Template.Version, expected); err != nil {
		return now, err
	}
	next := now.Template
	change(&next)
	if steps == nil {
		for _, step := range now.Steps {
			steps = append(steps, DraftStep{step.Title, step.Required})
		}
	}
	next.Version++
	return s.writeTemplate(ctx, tx, next, steps)
}

// upsertTemplate writes a template's rows and tells of it.
func (s *Service) writeTemplate(ctx context.Context, tx *store.Tx, next Template, steps []DraftStep) (TemplateEventData, error) {
	q := New(tx)
	next.UpdatedAt = tx.Now
	row, err := q.upsertTemplate(ctx, upsertTemplateParams(next))
	if err != nil {
		return TemplateEventData{}, fmt.Errorf("write a template: %w", err)
	}
	if err := q.deleteTemplateSteps(ctx, row.ID); err != nil {
		return TemplateEventData{}, fmt.Errorf("remove a template's steps: %w", err)
	}
	d := TemplateEventData{Template: row, Steps: make([]TemplateStep, len(steps))}
	rows := make([]CopyTemplateStepsParams, len(steps))
	for i, step := range steps {
		d.Steps[i] = TemplateStep{
			ID: store.NewID(), TemplateID: row.ID, Position: int32(i) + 1, Title: step.Title, Required: step.Required,
		}
		rows[i] = CopyTemplateStepsParams(d.Steps[i])
	}
	if _, err := q.CopyTemplateSteps(ctx, rows); err != nil {
		return TemplateEventData{}, fmt.Errorf("write a template's steps: %w", err)
	}
	tx.Emit(store.NewChainEvent(store.EventTemplateChanged, row.ID, d))
	return d, nil
}
