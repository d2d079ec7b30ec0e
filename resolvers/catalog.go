package resolvers

// gqlgen adds what is missing here when the schema grows. It keeps the resolvers and moves everything else out: helpers
// live in other files.

import (
	"context"

	"github.com/google/uuid"

	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/inventory"
	"aisle/store/stores"
)

func (r *categoryResolver) Parent(ctx context.Context, objs []*catalog.Category) ([]*catalog.Category, error) {
	return loaders.EachOptional(ctx, loaders.From(ctx).Catalog.Categories, objs,
		func(c *catalog.Category) uuid.NullUUID { return c.ParentID })
}

func (r *categoryResolver) Children(ctx context.Context, objs []*catalog.Category) ([][]catalog.Category, error) {
	return loaders.Each(ctx, loaders.From(ctx).Catalog.Children, objs,
		func(c *catalog.Category) uuid.UUID { return c.ID })
}

func (r *productResolver) Category(ctx context.Context, objs []*catalog.Product) ([]*catalog.Category, error) {
	return loaders.EachOptional(ctx, loaders.From(ctx).Catalog.Categories, objs,
		func(p *catalog.Product) uuid.NullUUID { return p.CategoryID })
}

func (r *productResolver) Stock(ctx context.Context, objs []*catalog.Product, storeID string) ([]*inventory.Stock, error) {
	id, err := store.ParseID(stores.StorePrefix, storeID)
	if err != nil {
		return nil, err
	}
	return loaders.Each(ctx, loaders.From(ctx).Inventory.StockOf, objs,
		func(p *catalog.Product) inventory.Key { return inventory.Key{StoreID: id, ProductID: p.ID} })
}

func (r *queryResolver) Product(ctx context.Context, id *string, sku *string, barcode *string) (*catalog.Product, error) {
	productID, err := r.findProduct(ctx, id, sku, barcode)
	if err != nil || !productID.Valid {
		return nil, err
	}
	return loaders.From(ctx).Catalog.Products.Load(ctx, productID.UUID)
}

func (r *queryResolver) Products(ctx context.Context, first *int32, after *string, filter *graph.ProductFilter) (*graph.Connection[catalog.Product], error) {
	q, err := productQuery(first, after, filter)
	if err != nil {
		return nil, err
	}
	scope := loaders.From(ctx).Scope
	rows, err := r.Modules.Catalog.Page(ctx, scope, q)
	return connection(ctx, rows, err, q.After, (*catalog.Product).Cursor, func(ctx context.Context) (int, error) {
		return r.Modules.Catalog.Count(ctx, scope, q.Filter)
	})
}

func (r *queryResolver) Category(ctx context.Context, id string) (*catalog.Category, error) {
	categoryID, err := store.ParseID(catalog.CategoryPrefix, id)
	if err != nil {
		return nil, err
	}
	return loaders.From(ctx).Catalog.Categories.Load(ctx, categoryID)
}

func (r *queryResolver) Categories(ctx context.Context) ([]catalog.Category, error) {
	return r.Modules.Catalog.RootCategories(ctx, loaders.From(ctx).Scope)
}

func (r *Resolver) Category() graph.CategoryResolver { return &categoryResolver{r} }

func (r *Resolver) Product() graph.ProductResolver { return &productResolver{r} }

type (
	categoryResolver struct{ *Resolver }
	productResolver  struct{ *Resolver }
)
