package resolvers

import (
	"context"
	"strconv"

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

// loadNodesFunc loads the nodes of one type, in the order of the ids.
type loadNodesFunc func(ctx context.Context, ids []uuid.UUID) ([]graph.Node, error)

// newNodeLoader returns the function that loads nodes with a loader. A nil row becomes a nil interface, which is null in the response.
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

// nodeType says how to load the nodes of one type. The permission is the @can of the type in the schema: node(id) selects the type at
// run time, so graph.Authorize cannot check it.
type nodeType struct {
	permission auth.Permission
	load       loadNodesFunc
}

// nodeTypes returns the types of nodes by the prefix of their ids.
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

// loadNodes loads nodes of any types in the order of the ids, with one statement per type.
func loadNodes(ctx context.Context, ids []string) ([]graph.Node, error) {
	if len(ids) > store.MaxPageSize {
		return nil, store.NewUserError(store.CodeTooMany, "ids", "There are %d ids. Send at most %d at a time.",
			len(ids), store.MaxPageSize)
	}
	known := nodeTypes(loaders.FromContext(ctx))
	kinds := map[string]*nodeBatch{}
	for i, s := range ids {
		prefix, id, err := store.SplitID(s)
		if err != nil {
			return nil, withField(err, "ids", strconv.Itoa(i))
		}
		if known[prefix].load == nil {
			return nil, store.NewInputError(indexed("ids", i),
				"%s is an id of the kind %s, which node and nodes do not load.", store.Quote(s), prefix)
		}
		if !auth.ViewerFromContext(ctx).Can(known[prefix].permission) {
			continue // null: without the permission the node is not visible
		}
		if kinds[prefix] == nil {
			kinds[prefix] = &nodeBatch{}
		}
		kinds[prefix].add(i, id)
	}
	found := make([]graph.Node, len(ids))
	var group errgroup.Group // without a shared context: a loader may still load for other fields when one fails
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

// nodeBatch holds the ids of one type, with their indexes in the input.
type nodeBatch struct {
	ids     []uuid.UUID
	indexes []int
}

func (k *nodeBatch) add(index int, id uuid.UUID) {
	k.ids, k.indexes = append(k.ids, id), append(k.indexes, index)
}
