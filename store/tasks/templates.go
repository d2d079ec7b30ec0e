package tasks

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// A TemplatePageQuery is a page of the list of templates, by title.
type TemplatePageQuery struct {
	TemplateFilter

	First int32
	After store.Cursor
}

// A TemplateFilter selects templates: by default all that are not archived.
type TemplateFilter struct {
	Kinds      store.Set[Kind] // empty for all
	Search     string          // a text in the code or the title; empty for all
	IsArchived bool
}

const templateOrder = 't'

// ParseTemplateCursor parses a cursor of a list of templates.
func ParseTemplateCursor(s string) (store.Cursor, error) {
	return store.ParseTextCursor(templateOrder, s)
}

// Cursor returns the template's cursor.
func (t Template) Cursor() store.Cursor { return store.TextCursor(templateOrder, t.Title, t.ID) }

// GetTemplates returns the templates with the ids, in no order. Templates belong to the chain: every scope includes them.
func (s *Service) GetTemplates(ctx context.Context, _ auth.Scope, ids []uuid.UUID) ([]Template, error) {
	rows, err := s.q.getTemplates(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("templates by id: %w", err)
	}
	return rows, nil
}

// FindTemplateID returns the id of the template with a code, or uuid.Nil if no template has the code.
func (s *Service) FindTemplateID(ctx context.Context, code string) (uuid.UUID, error) {
	ids, err := s.q.findTemplateIDsByCode(ctx, code)
	if err != nil {
		return uuid.Nil, fmt.Errorf("template by code: %w", err)
	}
	if len(ids) == 0 {
		return uuid.Nil, nil
	}
	return ids[0], nil
}

// ListTemplates returns one page of templates.
func (s *Service) ListTemplates(ctx context.Context, _ auth.Scope, q TemplatePageQuery) (store.Page[Template], error) {
	rows, err := s.q.listTemplates(ctx, listTemplatesParams{
		Kinds: q.Kinds.Strings(), Pattern: store.LikePattern(q.Search), IsArchived: q.IsArchived,
		AfterTitle: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	if err != nil {
		return store.Page[Template]{}, fmt.Errorf("page of templates: %w", err)
	}
	return store.NewPage(rows, q.First), nil
}

// CountTemplates counts the templates.
func (s *Service) CountTemplates(ctx context.Context, _ auth.Scope, f TemplateFilter) (int, error) {
	n, err := s.q.countTemplates(ctx, countTemplatesParams{
		Kinds: f.Kinds.Strings(), Pattern: store.LikePattern(f.Search), IsArchived: f.IsArchived,
	})
	if err != nil {
		return 0, fmt.Errorf("count templates: %w", err)
	}
	return int(n), nil
}

// ListTemplateSteps returns the steps of templates: those of a template in their order.
func (s *Service) ListTemplateSteps(ctx context.Context, _ auth.Scope, templateIDs []uuid.UUID) ([]TemplateStep, error) {
	rows, err := s.q.listStepsByTemplate(ctx, templateIDs)
	if err != nil {
		return nil, fmt.Errorf("steps of templates: %w", err)
	}
	return rows, nil
}
