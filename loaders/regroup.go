package loaders

import "context"

// Together notes that rows which no loader read were read together.
func Together[T any](ctx context.Context, rows []T) { remember(FromContext(ctx).request.peers, rows) }

// Regroup notes that of rows that were read together these alone are asked for anything.
func Regroup[T any](ctx context.Context, rows []*T) { note(FromContext(ctx).request.peers, rows) }
