package store

import (
	"context"
	"fmt"
	"time"
)

// List runs a query with RowLimit(first), and returns the page of its rows. what names the rows in an error.
func List[A, T any](
	ctx context.Context, what string, query func(context.Context, A) ([]T, error), args A, first int32,
) (Page[T], error) {
	rows, err := query(ctx, args)
	if err != nil {
		return Page[T]{}, fmt.Errorf("list %s: %w", what, err)
	}
	return NewPage(rows, first), nil
}

// ListByParent is List for a query that reads the pages of many parents. The rows of a parent are next to each other. A parent
// without rows is absent.
func ListByParent[A, T any, P comparable](
	ctx context.Context, what string, query func(context.Context, A) ([]T, error), args A, first int32, parent func(*T) P,
) (map[P]Page[T], error) {
	rows, err := query(ctx, args)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", what, err)
	}
	return GroupPages(rows, first, parent), nil
}

// Count runs a query that counts rows.
func Count[A any](ctx context.Context, what string, query func(context.Context, A) (int64, error), args A) (int, error) {
	n, err := query(ctx, args)
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", what, err)
	}
	return int(n), nil
}

// CountByParent runs a query that counts the rows of many parents. A parent without rows is absent.
func CountByParent[A, R any, P comparable](
	ctx context.Context, what string, query func(context.Context, A) ([]R, error), args A, count func(R) (P, int64),
) (map[P]int, error) {
	rows, err := query(ctx, args)
	if err != nil {
		return nil, fmt.Errorf("count %s: %w", what, err)
	}
	counts := make(map[P]int, len(rows))
	for _, row := range rows {
		parent, n := count(row)
		counts[parent] = int(n)
	}
	return counts, nil
}

// NilIfZero converts a time to an optional argument of a query: nil for the zero time.
func NilIfZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
