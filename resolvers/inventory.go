package resolvers

// gqlgen adds what is missing here when the schema grows. It keeps the resolvers and moves everything else out: helpers
// live in other files.

import (
	"context"

	"github.com/google/uuid"

	"aisle/graph"
	"aisle/loaders"
	"aisle/store/catalog"
	"aisle/store/inventory"
	"aisle/store/stores"
)

func (r *lotResolver) Product(ctx context.Context, objs []*inventory.Lot) ([]*catalog.Product, error) {
	return loaders.Each(ctx, loaders.From(ctx).Catalog.Products, objs,
		func(l *inventory.Lot) uuid.UUID { return l.ProductID })
}

func (r *stockResolver) Store(ctx context.Context, objs []*inventory.Stock) ([]*stores.Snapshot, error) {
	return loaders.Each(ctx, loaders.From(ctx).Stores.Stores, objs,
		func(s *inventory.Stock) uuid.UUID { return s.StoreID })
}

func (r *stockResolver) Product(ctx context.Context, objs []*inventory.Stock) ([]*catalog.Product, error) {
	return loaders.Each(ctx, loaders.From(ctx).Catalog.Products, objs,
		func(s *inventory.Stock) uuid.UUID { return s.ProductID })
}

func (r *stockResolver) Price(ctx context.Context, objs []*inventory.Stock) ([]*catalog.Money, error) {
	prices, err := loaders.Each(ctx, loaders.From(ctx).Catalog.Prices, objs,
		func(s *inventory.Stock) catalog.PriceKey { return catalog.PriceKey(s.Key()) })
	if err != nil {
		return nil, err
	}
	return money(prices), nil
}

func (r *stockResolver) Lots(ctx context.Context, objs []*inventory.Stock, first *int32, after *string) ([]*graph.Connection[inventory.Lot], error) {
	q := inventory.LotPageQuery{}
	if err := page(first, after, inventory.ParseLotCursor, &q.First, &q.After); err != nil {
		return nil, err
	}
	l := loaders.From(ctx).Inventory
	return list[inventory.Stock, loaders.Of[inventory.Key, inventory.LotPageQuery], inventory.Key, inventory.Lot]{
		l.LotPages, of(stockKey, q), l.LotCount, stockKey, q.After, (*inventory.Lot).Cursor,
	}.of(ctx, objs)
}

func (r *Resolver) Lot() graph.LotResolver { return &lotResolver{r} }

func (r *Resolver) Stock() graph.StockResolver { return &stockResolver{r} }

type (
	lotResolver   struct{ *Resolver }
	stockResolver struct{ *Resolver }
)
