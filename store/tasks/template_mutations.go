package tasks

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// TemplateEventData is a template after a command: the command's result, and the data of its event.
type TemplateEventData struct {
	Template Template       `json:"template"`
	Steps    []TemplateStep `json:"steps"`
}

// errNotChainScope is a programming error: the caller checks the permission first.
var errNotChainScope = errors.New("only a scope of the whole chain may write templates")

// CreateTemplate creates a template. The command must hold the module's lock, ModuleLock("tasks").
func (s *Service) CreateTemplate(
	ctx context.Context, tx *store.Tx, scope auth.Scope, draft Template, steps []DraftStep,
) (TemplateEventData, error) {
	if !scope.All() {
		return TemplateEventData{}, errNotChainScope
	}
	taken, err := New(tx).findTemplateIDsByCode(ctx, draft.Code)
	if err != nil {
		return TemplateEventData{}, fmt.Errorf("templates by code: %w", err)
	}
	if len(taken) > 0 {
		return TemplateEventData{}, store.NewInputError("code", "The code %s already belongs to another template.", store.Quote(draft.Code))
	}
	draft.ID, draft.Version, draft.CreatedAt = store.NewID(), 1, tx.Now
	return s.writeTemplate(ctx, tx, draft, steps)
}

// UpdateTemplate changes a template. steps replace all existing ones; nil keeps them.
func (s *Service) UpdateTemplate(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32, change func(*Template), steps []DraftStep,
) (TemplateEventData, error) {
	if !scope.All() {
		return TemplateEventData{}, errNotChainScope
	}
	service := NewService(tx)
	found, err := service.GetTemplates(ctx, scope, []uuid.UUID{id})
	if err != nil {
		return TemplateEventData{}, err
	}
	if len(found) == 0 {
		return TemplateEventData{}, store.NewUserError(store.CodeNotFound, "templateId", "There is no such template.")
	}
	current := TemplateEventData{Template: found[0]}
	if current.Steps, err = service.ListTemplateSteps(ctx, scope, []uuid.UUID{id}); err != nil {
		return current, err
	}
	if err := store.CheckVersion("template", current.Template.Version, expectedVersion); err != nil {
		return current, err
	}
	next := current.Template
	change(&next)
	if steps == nil {
		for _, step := range current.Steps {
			steps = append(steps, DraftStep{step.Title, step.Required})
		}
	}
	next.Version++
	return s.writeTemplate(ctx, tx, next, steps)
}

// writeTemplate writes a template's rows and emits the event.
func (s *Service) writeTemplate(ctx context.Context, tx *store.Tx, next Template, steps []DraftStep) (TemplateEventData, error) {
	q := New(tx)
	next.UpdatedAt = tx.Now
	row, err := q.upsertTemplate(ctx, upsertTemplateParams(next))
	if err != nil {
		return TemplateEventData{}, fmt.Errorf("write a template: %w", err)
	}
	if err := q.deleteTemplateSteps(ctx, row.ID); err != nil {
		return TemplateEventData{}, fmt.Errorf("delete a template's steps: %w", err)
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
	event := store.EventTaskTemplateUpdated
	if row.Version == 1 {
		event = store.EventTaskTemplateCreated
	}
	tx.Emit(store.NewChainEvent(event, row.ID, d))
	return d, nil
}
