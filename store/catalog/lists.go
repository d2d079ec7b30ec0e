package catalog

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// Filter says which products a list has. Its zero value is all of them.
type Filter struct {
	CategoryID uuid.NullUUID // with all the categories below it
	Search     string        // any part of the SKU, the name or the brand, in any case
}

// PageQuery is one page of a list of products, in the order of their names.
type PageQuery struct {
	Filter

	First int32
	After store.Cursor
}

// cursorOrder marks the cursors of lists in the order of the name.
const cursorOrder = 'p'

// ParseCursor reads the cursor of a list of products.
func ParseCursor(s string) (store.Cursor, error) { return store.ParseTextCursor(cursorOrder, s) }

// Cursor is the product's place in a list.
func (p Product) Cursor() store.Cursor { return store.TextCursor(cursorOrder, p.Name, p.ID) }

// List reads one page of the products.
func (s *Service) List(ctx context.Context, _ auth.Scope, q PageQuery) (store.Page[Product], error) {
	categoryIDs, err := s.branch(ctx, q.CategoryID)
	if err != nil {
		return store.Page[Product]{}, err
	}
	rows, err := s.lists.listProducts(ctx, listProductsParams{
		CategoryIds: categoryIDs, Pattern: store.LikePattern(q.Search),
		AfterName: q.After.Text(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.NewPage(rows, q.First), store.Wrap("page of products", err)
}

// Count counts the products.
func (s *Service) Count(ctx context.Context, _ auth.Scope, f Filter) (int, error) {
	categoryIDs, err := s.branch(ctx, f.CategoryID)
	if err != nil {
		return 0, err
	}
	n, err := s.lists.countProducts(ctx, countProductsParams{CategoryIds: categoryIDs, Pattern: store.LikePattern(f.Search)})
	return int(n), store.Wrap("count products", err)
}

// listCategorySubtree lists a category and all below it: nil, which means no filter, when no category is given, and an empty list
// when there is no such category.
func (s *Service) branch(ctx context.Context, root uuid.NullUUID) ([]uuid.UUID, error) {
	if !root.Valid {
		return nil, nil
	}
	ids, err := s.q.listCategorySubtree(ctx, root.UUID)
	if ids == nil {
		ids = []uuid.UUID{}
	}
	return ids, store.Wrap("categories below a category", err)
}
