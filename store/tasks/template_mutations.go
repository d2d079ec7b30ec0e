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
		return TemplateEventData{}, store.NewUserError(store.CodeTaken, "code",
			"The code %s already belongs to another template.", store.Quote(draft.Code))
	}
	draft.ID, draft.Version, draft.CreatedAt = store.NewID(), 1, tx.Now
	return s.writeTemplate(ctx, tx, TemplateEventData{Template: draft}, steps, store.EventTaskTemplateCreated)
}

// UpdateTemplate changes a template that is not archived. steps replace all existing ones; nil keeps them.
func (s *Service) UpdateTemplate(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32, change func(*Template), steps []DraftStep,
) (TemplateEventData, error) {
	current, err := s.loadTemplate(ctx, tx, scope, id, expectedVersion)
	if err != nil {
		return current, err
	}
	if current.Template.ArchivedAt != nil {
		return current, store.NewUserError(store.CodeClosed, "templateId",
			"The template %s is archived. Restore it before you change it.", store.Quote(current.Template.Code))
	}
	next := current
	change(&next.Template)
	next.Template.Version++
	return s.writeTemplate(ctx, tx, next, steps, store.EventTaskTemplateUpdated)
}

// ArchiveTemplate archives a template. It changes nothing if the template is archived.
func (s *Service) ArchiveTemplate(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32,
) (TemplateEventData, error) {
	current, err := s.loadTemplate(ctx, tx, scope, id, expectedVersion)
	if err != nil || current.Template.ArchivedAt != nil {
		return current, err
	}
	current.Template.ArchivedAt = &tx.Now
	current.Template.Version++
	return s.writeTemplate(ctx, tx, current, nil, store.EventTaskTemplateArchived)
}

// RestoreTemplate undoes ArchiveTemplate. It changes nothing if the template is not archived.
func (s *Service) RestoreTemplate(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32,
) (TemplateEventData, error) {
	current, err := s.loadTemplate(ctx, tx, scope, id, expectedVersion)
	if err != nil || current.Template.ArchivedAt == nil {
		return current, err
	}
	current.Template.ArchivedAt = nil
	current.Template.Version++
	return s.writeTemplate(ctx, tx, current, nil, store.EventTaskTemplateRestored)
}

// loadTemplate returns the template and its steps. The error may be NOT_FOUND or VERSION_CONFLICT.
func (s *Service) loadTemplate(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32,
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
	return current, store.CheckVersion("template", current.Template.Version, expectedVersion)
}

// writeTemplate writes a template's row and emits the event. steps replace all existing ones; nil keeps them.
func (s *Service) writeTemplate(
	ctx context.Context, tx *store.Tx, d TemplateEventData, steps []DraftStep, event store.EventType,
) (TemplateEventData, error) {
	d.Template.UpdatedAt = tx.Now
	row, err := New(tx).upsertTemplate(ctx, upsertTemplateParams(d.Template))
	if err != nil {
		return TemplateEventData{}, fmt.Errorf("write a template: %w", err)
	}
	d.Template = row
	if steps != nil {
		if d.Steps, err = s.replaceTemplateSteps(ctx, tx, row.ID, steps); err != nil {
			return TemplateEventData{}, err
		}
	}
	tx.Emit(store.NewChainEvent(event, row.ID, d))
	return d, nil
}

// replaceTemplateSteps replaces the steps of a template.
func (s *Service) replaceTemplateSteps(
	ctx context.Context, tx *store.Tx, templateID uuid.UUID, steps []DraftStep,
) ([]TemplateStep, error) {
	q := New(tx)
	if err := q.deleteTemplateSteps(ctx, templateID); err != nil {
		return nil, fmt.Errorf("delete a template's steps: %w", err)
	}
	list, rows := make([]TemplateStep, len(steps)), make([]CopyTemplateStepsParams, len(steps))
	for i, step := range steps {
		list[i] = TemplateStep{
			ID: store.NewID(), TemplateID: templateID, Position: int32(i) + 1, Title: step.Title, Required: step.Required,
		}
		rows[i] = CopyTemplateStepsParams(list[i])
	}
	if _, err := q.CopyTemplateSteps(ctx, rows); err != nil {
		return nil, fmt.Errorf("write a template's steps: %w", err)
	}
	return list, nil
}
