package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/loaders"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/inventory"
	"aisle/store/partners"
	"aisle/store/stores"
	"aisle/store/tasks"
)

func regionID(r *stores.Region) uuid.UUID         { return r.ID }
func storeID(s *stores.Snapshot) uuid.UUID        { return s.ID }
func stockKey(s *inventory.Stock) inventory.Key   { return s.Key() }
func partnerID(p *partners.Partner) uuid.UUID     { return p.ID }
func taskKey(t *tasks.Task) tasks.TaskKey         { return t.Key() }
func storeCursor(s *stores.Snapshot) store.Cursor { return s.Cursor() }

// taskCursor returns the function from a task to its cursor in a list with the order.
func taskCursor(order tasks.Order) func(*tasks.Task) store.Cursor {
	return func(t *tasks.Task) store.Cursor { return t.Cursor(order) }
}

// loadWorkloads loads one figure of the workload of each store.
func loadWorkloads(ctx context.Context, objs []*stores.Snapshot, figure func(tasks.Workload) int32) ([]*int32, error) {
	loads, err := loaders.LoadEach(ctx, loaders.FromContext(ctx).Tasks().Workloads, objs, storeID)
	figures := make([]*int32, len(loads))
	for i, load := range loads {
		figures[i] = new(figure(load))
	}
	return figures, err
}

// findProduct finds the id of a product by exactly one of id, SKU and barcode. It returns null if there is no such product.
func (r *Resolver) findProduct(ctx context.Context, id, sku, barcode *string) (uuid.NullUUID, error) {
	scope := loaders.FromContext(ctx).Scope
	switch {
	case id != nil && sku == nil && barcode == nil:
		return parseOptionalID("id", catalog.ProductPrefix, id)
	case id == nil && sku != nil && barcode == nil:
		return r.Modules.Catalog.FindProductBySKU(ctx, scope, *sku)
	case id == nil && sku == nil && barcode != nil:
		return r.Modules.Catalog.FindProductByBarcode(ctx, scope, *barcode)
	default:
		return uuid.NullUUID{}, store.NewInputError("id", "Send exactly one of id, sku and barcode.")
	}
}

// toMoney returns the amounts of the prices; nil for a nil price.
func toMoney(prices []*catalog.Price) []*catalog.Money {
	amounts := make([]*catalog.Money, len(prices))
	for i, price := range prices {
		if price != nil {
			amounts[i] = price.Money()
		}
	}
	return amounts
}
