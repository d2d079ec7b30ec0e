package loaders

import (
	"context"

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

func newCatalog(r *request, s *catalog.Service, h *EntityCache) Catalog {
	categories := newHotRows(r, h.categories, s.GetCategories, func(c *catalog.Category) uuid.UUID { return c.ID }, everyone)
	return Catalog{
		Products:   newProducts(r, s, h, categories),
		Categories: categories,
		Children:   newHotLists(r, h.children, s.ListChildCategories, func(c *catalog.Category) uuid.UUID { return c.ParentID.UUID }),
		Prices:     newPrices(r, s, h),
	}
}

// newProducts makes the loader of products. A product's category comes along: nobody needs to read it again.
func newProducts(
	r *request, s *catalog.Service, h *EntityCache, categories *Loader[uuid.UUID, *catalog.Category],
) *Loader[uuid.UUID, *catalog.Product] {
	product := func(item *catalog.ProductWithCategory) *catalog.Product {
		if item.Category != nil {
			categories.Prime(item.Category.ID, item.Category)
		}
		return &item.Product
	}
	if h.products != nil {
		return newHot(r, h.products, func(_ uuid.UUID, item *catalog.ProductWithCategory) *catalog.Product {
			if item == nil {
				return nil
			}
			return product(item)
		}, func(rows []*catalog.Product) {
			rememberGroup(r.peers, rows)
			parents := make([]*catalog.Category, 0, len(rows))
			for _, p := range rows {
				if p != nil && p.CategoryID.Valid {
					parents = append(parents, categories.atHand(p.CategoryID.UUID))
				}
			}
			rememberGroup(r.peers, parents)
		})
	}
	return newRows(r, func(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]catalog.Product, error) {
		items, err := s.GetProducts(ctx, scope, ids)
		rows, parents := make([]catalog.Product, len(items)), make([]*catalog.Category, len(items))
		for i := range items {
			rows[i], parents[i] = *product(&items[i]), items[i].Category
		}
		rememberGroup(r.peers, parents)
		return rows, err
	}, func(p *catalog.Product) uuid.UUID { return p.ID })
}

// newPrices makes the loader of the prices that are in force when the request comes in.
func newPrices(r *request, s *catalog.Service, h *EntityCache) *Loader[catalog.PriceKey, *catalog.Price] {
	if h.prices != nil {
		return newHot(r, h.prices, func(k catalog.PriceKey, list []catalog.Price) *catalog.Price {
			if !r.scope.IncludesStore(k.StoreID) {
				return nil
			}
			r.reads.AddExpiry(catalog.NextPriceChange(list, r.now))
			return catalog.PriceAt(list, r.now)
		}, func(rows []*catalog.Price) { rememberGroup(r.peers, rows) })
	}
	return newRows(r, func(ctx context.Context, scope auth.Scope, keys []catalog.PriceKey) ([]catalog.Price, error) {
		r.reads.AddExpiry(r.now) // when the next ones come is not read
		return s.GetPrices(ctx, scope, keys, r.now)
	}, func(p *catalog.Price) catalog.PriceKey { return p.Key() })
}
