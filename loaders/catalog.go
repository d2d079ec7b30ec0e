package loaders

import (
	"context"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store/catalog"
)

// Catalog loads products, categories and prices.
type Catalog struct {
	Products   *Loader[uuid.UUID, *catalog.Product]
	Categories *Loader[uuid.UUID, *catalog.Category]
	Children   *Loader[uuid.UUID, []catalog.Category]
	Prices     *Loader[catalog.PriceKey, *catalog.Price]
}

func newCatalog(r *request, s *catalog.Service, now time.Time) Catalog {
	categories := newRows(r, s.Categories, func(c *catalog.Category) uuid.UUID { return c.ID })
	products := func(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]catalog.Product, error) {
		items, err := s.Products(ctx, scope, ids)
		rows := make([]catalog.Product, len(items))
		for i, item := range items {
			rows[i] = item.Product
			if item.Category != nil { // it came along: nobody needs to read it again
				categories.Prime(item.Category.ID, item.Category)
			}
		}
		return rows, err
	}
	prices := func(ctx context.Context, scope auth.Scope, keys []catalog.PriceKey) ([]catalog.Price, error) {
		return s.Prices(ctx, scope, keys, now)
	}
	return Catalog{
		Products:   newRows(r, products, func(p *catalog.Product) uuid.UUID { return p.ID }),
		Categories: categories,
		Children:   newLists(r, s.Children, func(c *catalog.Category) uuid.UUID { return c.ParentID.UUID }),
		Prices:     newRows(r, prices, func(p *catalog.Price) catalog.PriceKey { return p.Key() }),
	}
}
