package resolvers

import (
	"context"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/feedback"
	"aisle/store/inventory"
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

// nodesByPrefix says how the things of each kind of id are read.
func nodesByPrefix(l *loaders.Loaders) map[string]readNodes {
	return map[string]readNodes{
		stores.RegionPrefix:      nodesOf(l.Stores.Regions),
		stores.StorePrefix:       nodesOf(l.Stores.Stores),
		staff.EmployeePrefix:     nodesOf(l.Staff.Employees),
		catalog.CategoryPrefix:   nodesOf(l.Catalog.Categories),
		catalog.ProductPrefix:    nodesOf(l.Catalog.Products),
		inventory.StockPrefix:    nodesOf(l.Inventory.Stocks),
		inventory.LotPrefix:      nodesOf(l.Inventory.Lots),
		inventory.MovementPrefix: nodesOf(l.Inventory.Movements),
		feedback.Prefix:          nodesOf(l.Feedback.Feedback),
		tasks.TaskPrefix:         nodesOf(l.Tasks.Tasks),
		tasks.StepPrefix:         nodesOf(l.Tasks.Steps),
		tasks.CommentPrefix:      nodesOf(l.Tasks.Comments),
		tasks.TemplatePrefix:     nodesOf(l.Tasks.Templates),
	}
}

// nodes reads the things of several ids, of any kinds, with one statement a kind.
func nodes(ctx context.Context, ids []string) ([]graph.Node, error) {
	if len(ids) > store.MaxPageSize {
		return nil, store.Invalid("ids", "There are %d ids, and may be %d at most.", len(ids), store.MaxPageSize)
	}
	readers := nodesByPrefix(loaders.From(ctx))
	kinds := map[string]*nodesOfKind{}
	for i, s := range ids {
		prefix, id, err := store.SplitID(s)
		if err != nil {
			return nil, err
		}
		if readers[prefix] == nil {
			return nil, store.Invalid("id", "%q is the id of a %s, which cannot be read by its id.", s, prefix)
		}
		if kinds[prefix] == nil {
			kinds[prefix] = &nodesOfKind{}
		}
		kinds[prefix].add(i, id)
	}
	found := make([]graph.Node, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	for prefix, kind := range kinds {
		group.Go(func() error {
			rows, err := readers[prefix](ctx, kind.ids)
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
