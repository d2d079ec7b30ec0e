package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/loaders"
	"aisle/store/tasks"
)

// loadFigures loads a figure of the workload of each object.
func loadFigures[T any](
	ctx context.Context, l *loaders.Loader[uuid.UUID, tasks.Workload], objs []*T, id func(*T) uuid.UUID, figure func(tasks.Workload) int32,
) ([]*int32, error) {
	loads, err := loaders.LoadEach(ctx, l, objs, id)
	figures := make([]*int32, len(loads))
	for i, load := range loads {
		figures[i] = new(figure(load))
	}
	return figures, err
}
