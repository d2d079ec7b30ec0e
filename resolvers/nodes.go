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

// readNodes reads the things of ids of one kind, in the order of the ids.
type readNodes func(ctx context.Context, ids []uuid.UUID) ([]graph.Node, error)

// nodesOf makes nodes of a loader's rows. A nil row becomes a nil interface, which is the answer's null.
func nodesOf[T any, P interface {
	*T
	graph.Node
}](l *loaders.Loader[uuid.UUID, *T]) readNodes {
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

// nodeKind is a kind of things that have ids: the permission to read them, which is that of their type in the schema, and
// how they are read.
type nodeKind struct {
	permission auth.Permission
	read       readNodes
}

// nodeKinds are all of them, by the prefixes of their ids.
func nodeKinds(l *loaders.Loaders) map[string]nodeKind {
	return map[string]nodeKind{
		stores.RegionPrefix:      {auth.PermissionStoresRead, nodesOf(l.Stores().Regions)},
		stores.StorePrefix:       {auth.PermissionStoresRead, nodesOf(l.Stores().Stores)},
		staff.EmployeePrefix:     {auth.PermissionStaffRead, nodesOf(l.Staff().Employees)},
		catalog.CategoryPrefix:   {auth.PermissionCatalogRead, nodesOf(l.Catalog().Categories)},
		catalog.ProductPrefix:    {auth.PermissionCatalogRead, nodesOf(l.Catalog().Products)},
		inventory.StockPrefix:    {auth.PermissionStockRead, nodesOf(l.Inventory().Stocks)},
		inventory.LotPrefix:      {auth.PermissionStockRead, nodesOf(l.Inventory().Lots)},
		inventory.MovementPrefix: {auth.PermissionStockRead, nodesOf(l.Inventory().Movements)},
		feedback.Prefix:          {auth.PermissionFeedbackRead, nodesOf(l.Feedback().Feedback)},
		partners.Prefix:          {auth.PermissionSystemManage, nodesOf(l.Partners().Partners)},
		tasks.TaskPrefix:         {auth.PermissionTasksRead, nodesOf(l.Tasks().Tasks)},
		tasks.StepPrefix:         {auth.PermissionTasksRead, nodesOf(l.Tasks().Steps)},
		tasks.CommentPrefix:      {auth.PermissionTasksRead, nodesOf(l.Tasks().Comments)},
		tasks.TemplatePrefix:     {auth.PermissionTasksRead, nodesOf(l.Tasks().Templates)},
	}
}

// nodes reads the things of several ids, of any kinds, with one statement a kind.
func nodes(ctx context.Context, ids []string) ([]graph.Node, error) {
	if len(ids) > store.MaxPageSize {
		return nil, store.NewInputError("ids", "There are %d ids, and may be %d at most.", len(ids), store.MaxPageSize)
	}
	known := nodeKinds(loaders.FromContext(ctx))
	kinds := map[string]*nodesOfKind{}
	for i, s := range ids {
		prefix, id, err := store.SplitID(s)
		if err != nil {
			return nil, about(err, "ids")
		}
		if known[prefix].read == nil {
			return nil, store.NewInputError("ids", "%q is an id of the kind %s, which cannot be read by its id.", s, prefix)
		}
		if !auth.ViewerFromContext(ctx).Can(known[prefix].permission) {
			continue // what may not be seen is not there
		}
		if kinds[prefix] == nil {
			kinds[prefix] = &nodesOfKind{}
		}
		kinds[prefix].add(i, id)
	}
	found := make([]graph.Node, len(ids))
	var group errgroup.Group // whose context would end with it, and loaders may still read for others in that
	for prefix, kind := range kinds {
		group.Go(func() error {
			rows, err := known[prefix].read(ctx, kind.ids)
			for i, row := range rows {
				found[kind.places[i]] = row
			}
			return err
		})
	}
	return found, group.Wait() //nolint:wrapcheck // an error of a loader
}

// nodesOfKind are ids of one kind, with their places among all ids.
type nodesOfKind struct {
	ids    []uuid.UUID
	places []int
}

func (k *nodesOfKind) add(place int, id uuid.UUID) {
	k.ids, k.places = append(k.ids, id), append(k.places, place)
}
