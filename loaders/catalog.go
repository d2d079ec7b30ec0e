package loaders

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
	"aisle/store/catalog"
)

// Catalog loads products, categories and prices.
type Catalog struct {
	Products   *Loader[uuid.UUID, *catalog.Product]
	Categories *Loader[uuid.UUID, *catalog.Category]
	Children   *Loader[uuid.UUID, []catalog.Category]
	Prices     *Loader[catalog.PriceKey, *catalog.Price]
	PriceLists *Loader[catalog.PriceKey, []catalog.Price] // the current price and later ones, by start

	ProductPages *Loader[ParentQuery[uuid.UUID, catalog.CategoryPageQuery], store.Page[catalog.Product]] // of categories
	ProductCount *Loader[uuid.UUID, int]                                                                 // of a category
}

func newCatalog(r *request, s *catalog.Service, c *EntityCache) Catalog {
	categories := newCachedRows(r, c.categories, s.GetCategories, func(c *catalog.Category) uuid.UUID { return c.ID }, visibleToAll)
	return Catalog{
		Products:   newProducts(r, s, c, categories),
		Categories: categories,
		Children:   newCachedLists(r, c.children, s.ListChildCategories, func(c *catalog.Category) uuid.UUID { return c.ParentID.UUID }),
		Prices:     newPrices(r, s, c),
		PriceLists: newPriceLists(r, s, c),

		ProductPages: newPages(r, s.ListByCategory),
		ProductCount: newCounts(r, s.CountByCategory),
	}
}

// newProducts makes the loader of products. It primes the categories, which are read with the products.
func newProducts(
	r *request, s *catalog.Service, c *EntityCache, categories *Loader[uuid.UUID, *catalog.Category],
) *Loader[uuid.UUID, *catalog.Product] {
	if c.products != nil {
		return newCached(r, c.products, func(_ uuid.UUID, item *catalog.ProductWithCategory) *catalog.Product {
			if item == nil {
				return nil
			}
			return primeCategory(categories, item)
		}, func(rows []*catalog.Product) {
			rememberGroup(r.peers, rows)
			parents := make([]*catalog.Category, 0, len(rows))
			for _, p := range rows {
				if p != nil && p.CategoryID.Valid {
					parents = append(parents, categories.primed(p.CategoryID.UUID))
				}
			}
			rememberGroup(r.peers, parents)
		})
	}
	return newRows(r, func(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]catalog.Product, error) {
		items, err := s.GetProducts(ctx, scope, ids)
		rows, parents := make([]catalog.Product, len(items)), make([]*catalog.Category, len(items))
		for i := range items {
			rows[i], parents[i] = *primeCategory(categories, &items[i]), items[i].Category
		}
		rememberGroup(r.peers, parents)
		return rows, err
	}, func(p *catalog.Product) uuid.UUID { return p.ID })
}

// primeCategory primes the category of a product, and returns the product.
func primeCategory(categories *Loader[uuid.UUID, *catalog.Category], item *catalog.ProductWithCategory) *catalog.Product {
	if item.Category != nil {
		categories.Prime(item.Category.ID, item.Category)
	}
	return &item.Product
}

// newPrices makes the loader of the prices that apply when the request arrives.
func newPrices(r *request, s *catalog.Service, c *EntityCache) *Loader[catalog.PriceKey, *catalog.Price] {
	if c.prices != nil {
		return newCached(r, c.prices, func(k catalog.PriceKey, list []catalog.Price) *catalog.Price {
			if !r.scope.IncludesStore(k.StoreID) {
				return nil
			}
			r.dependencies.AddExpiry(catalog.NextPriceChange(list, r.now))
			return catalog.PriceAt(list, r.now)
		}, func(rows []*catalog.Price) { rememberGroup(r.peers, rows) })
	}
	return newRows(r, func(ctx context.Context, scope auth.Scope, keys []catalog.PriceKey) ([]catalog.Price, error) {
		r.dependencies.AddExpiry(r.now) // the query does not read when the next price applies
		return s.GetPrices(ctx, scope, keys, r.now)
	}, func(p *catalog.Price) catalog.PriceKey { return p.Key() })
}

// newPriceLists makes the loader of the prices that apply when the request arrives or later.
func newPriceLists(r *request, s *catalog.Service, c *EntityCache) *Loader[catalog.PriceKey, []catalog.Price] {
	if c.prices != nil {
		return newCached(r, c.prices, func(k catalog.PriceKey, list []catalog.Price) []catalog.Price {
			if !r.scope.IncludesStore(k.StoreID) {
				return nil
			}
			r.dependencies.AddExpiry(catalog.NextPriceChange(list, r.now))
			return catalog.WithoutEnded(list, r.now)
		}, func(lists [][]catalog.Price) { remember(r.peers, lists...) })
	}
	return newLists(r, func(ctx context.Context, scope auth.Scope, keys []catalog.PriceKey) ([]catalog.Price, error) {
		r.dependencies.AddExpiry(r.now)
		list, err := s.ListCurrentAndFuturePrices(ctx, scope, keys, r.now)
		return catalog.WithoutEnded(list, r.now), err
	}, func(p *catalog.Price) catalog.PriceKey { return p.Key() })
}
