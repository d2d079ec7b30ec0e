package resolvers

import (
	"context"
	"strings"

	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
)

// parsePage parses the arguments first and after of a connection.
func parsePage(
	first *int32, after *string, parse func(string) (store.Cursor, error), size *int32, cursor *store.Cursor,
) error {
	*size = store.DefaultPageSize
	if first != nil {
		*size = *first
	}
	if *size < 1 {
		return store.NewInputError("first", "first is %d. It must be 1 to %d.", *size, store.MaxPageSize)
	}
	if *size > store.MaxPageSize {
		return store.NewInputError("first", "first is %d. It must be 1 to %d. Load the rest page by page, after endCursor.",
			*size, store.MaxPageSize)
	}
	parsed, err := parse(store.Deref(after))
	*cursor = parsed
	return err
}

// checkOrder checks the argument orderBy of a connection. It is empty if the client sent null: the default applies only if it is omitted.
func checkOrder[O ~string](order O, all ...O) error {
	if order != "" {
		return nil
	}
	last := len(all) - 1
	names := make([]string, last)
	for i := range names {
		names[i] = string(all[i])
	}
	return store.NewUserError(store.CodeRequired, "orderBy",
		"orderBy is null. Send %s or %s, or omit it.", strings.Join(names, ", "), all[last])
}

// newConnection returns the connection of a list without a parent. It groups the rows, so that their fields load together.
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

// loadConnections loads a page of type T for each parent of type P. The count is loaded only if the client requests totalCount.
func loadConnections[P any, PageKey, CountKey comparable, T any](
	ctx context.Context, parents []*P,
	pages *loaders.Loader[PageKey, store.Page[T]], pageKey func(*P) PageKey,
	counts *loaders.Loader[CountKey, int], countKey func(*P) CountKey,
	after store.Cursor, cursor func(*T) store.Cursor,
) ([]*graph.Connection[T], error) {
	rows, err := loaders.LoadEach(ctx, pages, parents, pageKey)
	if err != nil {
		return nil, err
	}
	connections := make([]*graph.Connection[T], len(parents))
	for i := range parents {
		total := func(ctx context.Context) (int, error) {
			counts, err := loaders.LoadEach(ctx, counts, parents[i:i+1], countKey)
			if err != nil {
				return 0, err
			}
			return counts[0], nil
		}
		connections[i] = graph.NewConnection(rows[i], after, cursor, total)
	}
	return connections, nil
}

// parentQuery returns the function from a parent to the loader key of its list.
func parentQuery[T any, P, Q comparable](parent func(*T) P, query Q) func(*T) loaders.ParentQuery[P, Q] {
	return func(t *T) loaders.ParentQuery[P, Q] {
		return loaders.ParentQuery[P, Q]{Parent: parent(t), Query: query}
	}
}
