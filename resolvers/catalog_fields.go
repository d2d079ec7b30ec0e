package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/loaders"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/stores"
)

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

// loadPrices returns the current and later prices of products in a store; nil if the viewer does not see the store.
func loadPrices(ctx context.Context, products []*catalog.Product, storeID string) ([][]catalog.Price, error) {
	id, err := parseID("storeId", stores.StorePrefix, storeID)
	if err != nil {
		return nil, err
	}
	load := loaders.FromContext(ctx)
	if !load.Scope.IncludesStore(id) {
		return make([][]catalog.Price, len(products)), nil
	}
	return loaders.LoadEach(ctx, load.Catalog().PriceLists, products,
		func(p *catalog.Product) catalog.PriceKey { return catalog.PriceKey{StoreID: id, ProductID: p.ID} })
}
