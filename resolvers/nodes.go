package resolvers

import (
	"context"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/inventory"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// node reads the thing of one id.
type node func(ctx context.Context, id uuid.UUID) (graph.Node, error)

// nodeOf makes a node of a loader. A nil row becomes a nil interface, which is the answer's null.
func nodeOf[T any, P interface {
	*T
	graph.Node
}](load func(context.Context, uuid.UUID) (*T, error)) node {
	return func(ctx context.Context, id uuid.UUID) (graph.Node, error) {
		row, err := load(ctx, id)
		if err != nil || row == nil {
			return nil, err
		}
		return P(row), nil
	}
}

// nodesByPrefix says how the things of each kind of id are read.
func nodesByPrefix(l *loaders.Loaders) map[string]node {
	return map[string]node{
		stores.RegionPrefix:    nodeOf(l.Stores.Regions.Load),
		stores.StorePrefix:     nodeOf(l.Stores.Stores.Load),
		staff.EmployeePrefix:   nodeOf(l.Staff.Employees.Load),
		catalog.CategoryPrefix: nodeOf(l.Catalog.Categories.Load),
		catalog.ProductPrefix:  nodeOf(l.Catalog.Products.Load),
		inventory.StockPrefix:  nodeOf(l.Inventory.Stocks.Load),
		inventory.LotPrefix:    nodeOf(l.Inventory.Lots.Load),
		tasks.TaskPrefix:       nodeOf(l.Tasks.Tasks.Load),
		tasks.StepPrefix:       nodeOf(l.Tasks.Steps.Load),
		tasks.CommentPrefix:    nodeOf(l.Tasks.Comments.Load),
		tasks.TemplatePrefix:   nodeOf(l.Tasks.Templates.Load),
	}
}

// nodes reads the things of several ids, of any kinds, with one statement a kind.
func nodes(ctx context.Context, ids []string) ([]graph.Node, error) {
	if len(ids) > store.MaxPageSize {
		return nil, store.Invalid("ids", "There are %d ids, and may be %d at most.", len(ids), store.MaxPageSize)
	}
	byPrefix := nodesByPrefix(loaders.From(ctx))
	found := make([]graph.Node, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	for i, s := range ids {
		prefix, id, err := store.SplitID(s)
		if err != nil {
			return nil, err
		}
		read, ok := byPrefix[prefix]
		if !ok {
			return nil, store.Invalid("id", "%q is the id of a %s, which cannot be read by its id.", s, prefix)
		}
		group.Go(func() (err error) {
			found[i], err = read(ctx, id)
			return err
		})
	}
	return found, group.Wait() //nolint:wrapcheck // an error of a loader
}
