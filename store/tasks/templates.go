package tasks

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// TemplatePageQuery is one page of the list of templates, in the order of their titles.
type TemplatePageQuery struct {
	Kind  Kind // empty for all
	First int32
	After store.Cursor
}

const templateOrder = 't'

// ParseTemplateCursor reads the cursor of a list of templates.
func ParseTemplateCursor(s string) (store.Cursor, error) {
	return store.ParseTextCursor(templateOrder, s)
}

// Cursor is the template's place in a list.
func (t Template) Cursor() store.Cursor { return store.TextCursor(templateOrder, t.Title, t.ID) }

// GetTemplates reads the templates that have the ids, in no order. Templates are the chain's: every scope sees them.
func (s *Service) GetTemplates(ctx context.Context, _ auth.Scope, ids []uuid.UUID) ([]Template, error) {
	rows, err := s.q.getTemplates(ctx, ids)
	return rows, store.Wrap("templates by id", err)
}

// ListTemplates reads one page of the templates.
func (s *Service) ListTemplates(ctx context.Context, _ auth.Scope, q TemplatePageQuery) (store.Page[Template], error) {
	rows, err := s.q.listTemplates(ctx, listTemplatesParams{
		Kind: store.NilIfEmpty(q.Kind), AfterTitle: q.After.Text(), AfterID: q.After.NullID(),
		RowLimit: store.RowLimit(q.First),
	})
	return store.NewPage(rows, q.First), store.Wrap("page of templates", err)
}

// CountTemplates counts the templates of a kind; of all when it is empty.
func (s *Service) CountTemplates(ctx context.Context, _ auth.Scope, kind Kind) (int, error) {
	n, err := s.q.countTemplates(ctx, store.NilIfEmpty(kind))
	return int(n), store.Wrap("count templates", err)
}

// ListTemplateSteps reads the steps of each template, in their order.
func (s *Service) ListTemplateSteps(ctx context.Context, _ auth.Scope, templateIDs []uuid.UUID) ([]TemplateStep, error) {
	rows, err := s.q.listStepsByTemplate(ctx, templateIDs)
	return rows, store.Wrap("steps of templates", err)
}
