package resolvers

import (
	"context"

	"aisle/loaders"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// loadWorkloads loads one figure of the workload of each store.
func loadWorkloads(ctx context.Context, objs []*stores.Snapshot, figure func(tasks.Workload) int32) ([]*int32, error) {
	loads, err := loaders.LoadEach(ctx, loaders.FromContext(ctx).Tasks().Workloads, objs, storeID)
	figures := make([]*int32, len(loads))
	for i, load := range loads {
		figures[i] = new(figure(load))
	}
	return figures, err
}

// loadRegionWorkloads loads one figure of the workload of each region's stores.
func loadRegionWorkloads(ctx context.Context, objs []*stores.Region, figure func(tasks.Workload) int32) ([]*int32, error) {
	loads, err := loaders.LoadEach(ctx, loaders.FromContext(ctx).RegionFigures().Workloads, objs, regionID)
	figures := make([]*int32, len(loads))
	for i, load := range loads {
		figures[i] = new(figure(load))
	}
	return figures, err
}
