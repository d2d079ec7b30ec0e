package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
)

// parsePage reads the arguments that all lists have: how many, and behind which cursor.
func parsePage(
	first *int32, after *string, parse func(string) (store.Cursor, error), size *int32, cursor *store.Cursor,
) error {
	*size = store.DefaultPageSize
	if first != nil {
		*size = *first
	}
	if *size < 1 {
		return store.NewInputError("first", "first is %d, and must be 1 to %d.", *size, store.MaxPageSize)
	}
	if *size > store.MaxPageSize {
		return store.NewInputError("first", "first is %d, and may be 1 to %d: read the rest page by page, after endCursor.",
			*size, store.MaxPageSize)
	}
	parsed, err := parse(deref(after))
	*cursor = parsed
	return err
}

// newConnection makes the page of a list that stands alone of what its query read.
func newConnection[T any](
	ctx context.Context, rows store.Page[T], err error, after store.Cursor, cursor func(*T) store.Cursor,
	total func(context.Context) (int, error),
) (*graph.Connection[T], error) {
	if err != nil {
		return nil, err
	}
	loaders.Together(ctx, rows.Items)
	return graph.NewConnection(rows, after, cursor, total), nil
}

// connectionLoader is a list that parents of type P have: how its pages of T, and the numbers of its entries, are loaded.
type connectionLoader[P any, PageKey, CountKey comparable, T any] struct {
	pages    *loaders.Loader[PageKey, store.Page[T]]
	pageKey  func(*P) PageKey
	counts   *loaders.Loader[CountKey, int]
	countKey func(*P) CountKey
	after    store.Cursor
	cursor   func(*T) store.Cursor
}

// load makes the page of each of the parents.
func (l connectionLoader[P, PageKey, CountKey, T]) load(ctx context.Context, parents []*P) ([]*graph.Connection[T], error) {
	rows, err := loaders.LoadEach(ctx, l.pages, parents, l.pageKey)
	if err != nil {
		return nil, err
	}
	connections := make([]*graph.Connection[T], len(parents))
	for i := range parents {
		total := func(ctx context.Context) (int, error) {
			counts, err := loaders.LoadEach(ctx, l.counts, parents[i:i+1], l.countKey)
			if err != nil {
				return 0, err
			}
			return counts[0], nil
		}
		connections[i] = graph.NewConnection(rows[i], l.after, l.cursor, total)
	}
	return connections, nil
}

// load makes the key of what a parent has and a query describes.
func parentQuery[T any, P, Q comparable](parent func(*T) P, query Q) func(*T) loaders.ParentQuery[P, Q] {
	return func(t *T) loaders.ParentQuery[P, Q] {
		return loaders.ParentQuery[P, Q]{Parent: parent(t), Query: query}
	}
}

// parseOptionalID reads the id in a field that may be left out.
func parseOptionalID(field, prefix string, id *string) (uuid.NullUUID, error) {
	if id == nil {
		return uuid.NullUUID{}, nil
	}
	parsed, err := parseID(field, prefix, *id)
	return uuid.NullUUID{UUID: parsed, Valid: err == nil}, err
}

// deref is what an argument says, or the zero value when it was left out.
func deref[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}

// parseID reads the id in a field of an input.
func parseID(field, prefix, id string) (uuid.UUID, error) {
	parsed, err := store.ParseID(prefix, id)
	return parsed, withField(err, field)
}

// withField says which field a broken rule is about.
func withField(err error, field ...string) error {
	userErrs, internalErr := asUserErrors(err)
	if err == nil || internalErr != nil {
		return err
	}
	userErrs[0].Field = field
	return &userErrs[0]
}
