package catalog

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// A Filter selects products. The zero value selects all.
type Filter struct {
	CategoryID uuid.NullUUID // including its descendants
	Statuses   store.Set[Status]
	Search     string // part of the SKU, the name or the brand, ignoring case
}

// A PageQuery is a page of a list of products, by name.
type PageQuery struct {
	Filter

	First int32
	After store.Cursor
}

// cursorOrder marks cursors of lists by name.
const cursorOrder = 'p'

// ParseCursor parses a cursor of a list of products.
func ParseCursor(s string) (store.Cursor, error) { return store.ParseTextCursor(cursorOrder, s) }

// Cursor returns the product's cursor.
func (p Product) Cursor() store.Cursor { return store.TextCursor(cursorOrder, p.Name, p.ID) }

// List returns one page of products.
func (s *Service) List(ctx context.Context, _ auth.Scope, q PageQuery) (store.Page[Product], error) {
	categoryIDs, err := s.listSubtree(ctx, q.CategoryID)
	if err != nil {
		return store.Page[Product]{}, err
	}
	return store.List(ctx, "products", s.lists.listProducts, listProductsParams{
		CategoryIds: categoryIDs, IsDiscontinued: q.isDiscontinued(), Pattern: store.LikePattern(q.Search),
		AfterName: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First)
}

// Count counts products.
func (s *Service) Count(ctx context.Context, _ auth.Scope, f Filter) (int, error) {
	categoryIDs, err := s.listSubtree(ctx, f.CategoryID)
	if err != nil {
		return 0, err
	}
	return store.Count(ctx, "products", s.lists.countProducts, countProductsParams{
		CategoryIds: categoryIDs, IsDiscontinued: f.isDiscontinued(), Pattern: store.LikePattern(f.Search),
	})
}

// isDiscontinued returns the only status that the filter selects; nil for all.
func (f Filter) isDiscontinued() *bool {
	switch f.Statuses {
	case store.NewSet(StatusActive):
		return new(false)
	case store.NewSet(StatusDiscontinued):
		return new(true)
	default:
		return nil
	}
}

// listSubtree returns the ids of a category and its descendants: an empty list for an unknown category, and nil, which means no
// filter, without a category.
func (s *Service) listSubtree(ctx context.Context, root uuid.NullUUID) ([]uuid.UUID, error) {
	if !root.Valid {
		return nil, nil
	}
	ids, err := s.q.listCategorySubtree(ctx, root.UUID)
	if ids == nil {
		ids = []uuid.UUID{}
	}
	if err != nil {
		return nil, fmt.Errorf("categories below a category: %w", err)
	}
	return ids, nil
}

// A CategoryPageQuery is a page of a category's products, by name.
type CategoryPageQuery struct {
	First int32
	After store.Cursor
}

// ListByCategory returns one page of products for each category, without those of the categories below.
func (s *Service) ListByCategory(
	ctx context.Context, _ auth.Scope, categoryIDs []uuid.UUID, q CategoryPageQuery,
) (map[uuid.UUID]store.Page[Product], error) {
	return store.ListByParent(ctx, "products of categories", s.lists.listProductsByCategory, listProductsByCategoryParams{
		CategoryIds: categoryIDs, AfterName: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First, func(p *Product) uuid.UUID { return p.CategoryID.UUID })
}

// CountByCategory counts the products of categories. A category without products is absent.
func (s *Service) CountByCategory(ctx context.Context, _ auth.Scope, categoryIDs []uuid.UUID) (map[uuid.UUID]int, error) {
	return store.CountByParent(ctx, "products of categories", s.q.countProductsByCategory, categoryIDs,
		func(r countProductsByCategoryRow) (uuid.UUID, int64) { return r.CategoryID.UUID, r.Total })
}
