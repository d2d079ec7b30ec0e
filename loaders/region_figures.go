package loaders

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store/kpis"
	"aisle/store/tasks"
)

// RegionFigures loads figures of regions: those of their stores in the scope, taken together.
type RegionFigures struct {
	Workloads *Loader[uuid.UUID, tasks.Workload]
	Reports   *Loader[ParentQuery[uuid.UUID, kpis.Range], *kpis.Report]
}

func newRegionFigures(l *Loaders) RegionFigures {
	return RegionFigures{
		Workloads: newLoader(l.request, func(ctx context.Context, regionIDs []uuid.UUID) ([]tasks.Workload, error) {
			loads, err := loadByRegion(ctx, l, regionIDs, l.Tasks().Workloads, func(id uuid.UUID) uuid.UUID { return id })
			sums := make([]tasks.Workload, len(loads))
			for i, ofStores := range loads {
				sums[i] = tasks.SumWorkloads(ofStores)
			}
			return sums, err
		}),
		Reports: newByQuery(l.request, func(
			ctx context.Context, _ auth.Scope, regionIDs []uuid.UUID, days kpis.Range,
		) (map[uuid.UUID]*kpis.Report, error) {
			reports, err := loadByRegion(ctx, l, regionIDs, l.KPIs().ReportOfStore, func(id uuid.UUID) ParentQuery[uuid.UUID, kpis.Range] {
				return ParentQuery[uuid.UUID, kpis.Range]{id, days}
			})
			sums := make(map[uuid.UUID]*kpis.Report, len(reports))
			for i, ofStores := range reports {
				sums[regionIDs[i]] = kpis.Sum(days, ofStores)
			}
			return sums, err
		}),
	}
}

// loadByRegion loads a value for each store of each region. It loads those of all regions together.
func loadByRegion[K comparable, V any](
	ctx context.Context, l *Loaders, regionIDs []uuid.UUID, values *Loader[K, V], key func(storeID uuid.UUID) K,
) ([][]V, error) {
	lists, err := l.Stores().IDsOfRegion.LoadMany(ctx, regionIDs)
	if err != nil {
		return nil, err
	}
	var keys []K
	for _, id := range slices.Concat(lists...) {
		keys = append(keys, key(id))
	}
	loaded, err := values.LoadMany(ctx, keys)
	if err != nil {
		return nil, err
	}
	byRegion := make([][]V, len(lists))
	for i, ids := range lists {
		byRegion[i], loaded = loaded[:len(ids)], loaded[len(ids):]
	}
	return byRegion, nil
}
