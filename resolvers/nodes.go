package resolvers

import (
	"context"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/feedback"
	"aisle/store/inventory"
	"aisle/store/partners"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// loadNodesFunc reads the things of ids of one kind, in the order of the ids.
type loadNodesFunc func(ctx context.Context, ids []uuid.UUID) ([]graph.Node, error)

// newNodeLoader makes nodes of a loader's rows. A nil row becomes a nil interface, which is the answer's null.
func newNodeLoader[T any, P interface {
	*T
	graph.Node
}](l *loaders.Loader[uuid.UUID, *T]) loadNodesFunc {
	return func(ctx context.Context, ids []uuid.UUID) ([]graph.Node, error) {
		rows, err := l.LoadMany(ctx, ids)
		if err != nil {
			return nil, err
		}
		found := make([]graph.Node, len(rows))
		for i, row := range rows {
			if row != nil {
				found[i] = P(row)
			}
		}
		return found, nil
	}
}

// nodeType is a kind of things that have ids: the permission to read them, which is that of their type in the schema, and
// how they are read.
type nodeType struct {
	permission auth.Permission
	load       loadNodesFunc
}

// nodeTypes are all of them, by the prefixes of their ids.
func nodeTypes(l *loaders.Loaders) map[string]nodeType {
	return map[string]nodeType{
		stores.RegionPrefix:      {auth.PermissionStoresRead, newNodeLoader(l.Stores().Regions)},
		stores.StorePrefix:       {auth.PermissionStoresRead, newNodeLoader(l.Stores().Stores)},
		staff.EmployeePrefix:     {auth.PermissionStaffRead, newNodeLoader(l.Staff().Employees)},
		catalog.CategoryPrefix:   {auth.PermissionCatalogRead, newNodeLoader(l.Catalog().Categories)},
		catalog.ProductPrefix:    {auth.PermissionCatalogRead, newNodeLoader(l.Catalog().Products)},
		inventory.StockPrefix:    {auth.PermissionStockRead, newNodeLoader(l.Inventory().Stocks)},
		inventory.LotPrefix:      {auth.PermissionStockRead, newNodeLoader(l.Inventory().Lots)},
		inventory.MovementPrefix: {auth.PermissionStockRead, newNodeLoader(l.Inventory().Movements)},
		feedback.Prefix:          {auth.PermissionFeedbackRead, newNodeLoader(l.Feedback().Feedback)},
		partners.Prefix:          {auth.PermissionSystemManage, newNodeLoader(l.Partners().Partners)},
		tasks.TaskPrefix:         {auth.PermissionTasksRead, newNodeLoader(l.Tasks().Tasks)},
		tasks.StepPrefix:         {auth.PermissionTasksRead, newNodeLoader(l.Tasks().Steps)},
		tasks.CommentPrefix:      {auth.PermissionTasksRead, newNodeLoader(l.Tasks().Comments)},
		tasks.TemplatePrefix:     {auth.PermissionTasksRead, newNodeLoader(l.Tasks().Templates)},
	}
}

// loadNodes reads the things of several ids, of any kinds, with one statement a kind.
func loadNodes(ctx context.Context, ids []string) ([]graph.Node, error) {
	if len(ids) > store.MaxPageSize {
		return nil, store.NewInputError("ids", "There are %d ids, and may be %d at most.", len(ids), store.MaxPageSize)
	}
	known := nodeTypes(loaders.FromContext(ctx))
	kinds := map[string]*nodeBatch{}
	for i, s := range ids {
		prefix, id, err := store.SplitID(s)
		if err != nil {
			return nil, withField(err, "ids")
		}
		if known[prefix].load == nil {
			return nil, store.NewInputError("ids", "%q is an id of the kind %s, which cannot be read by its id.", s, prefix)
		}
		if !auth.ViewerFromContext(ctx).Can(known[prefix].permission) {
			continue // what may not be seen is not there
		}
		if kinds[prefix] == nil {
			kinds[prefix] = &nodeBatch{}
		}
		kinds[prefix].add(i, id)
	}
	found := make([]graph.Node, len(ids))
	var group errgroup.Group // whose context would end with it, and loaders may still read for others in that
	for prefix, kind := range kinds {
		group.Go(func() error {
			rows, err := known[prefix].load(ctx, kind.ids)
			for i, row := range rows {
				found[kind.indexes[i]] = row
			}
			return err
		})
	}
	return found, group.Wait() //nolint:wrapcheck // an error of a loader
}

// nodeBatch are ids of one kind, with their places among all ids.
type nodeBatch struct {
	ids     []uuid.UUID
	indexes []int
}

func (k *nodeBatch) add(place int, id uuid.UUID) {
	k.ids, k.indexes = append(k.ids, id), append(k.indexes, place)
}
