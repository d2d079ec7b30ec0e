// Package catalog is the module of what the chain sells: categories, products, their barcodes and the stores' prices.
//
// Categories and products are the chain's: every scope sees them. Prices are the stores'.
package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"aisle/auth"
	"aisle/store"
)

// The prefixes of this module's global ids.
const (
	CategoryPrefix = "category"
	ProductPrefix  = "product"
)

// GlobalID is the category's id as clients see it.
func (c Category) GlobalID() string { return store.GlobalID(CategoryPrefix, c.ID) }

// GlobalID is the product's id as clients see it.
func (p Product) GlobalID() string { return store.GlobalID(ProductPrefix, p.ID) }

// Service reads the module's rows.
type Service struct {
	q     *Queries
	lists *Queries // those with optional filters
}

// NewService makes the module's service on a pool or a transaction.
func NewService(db store.DB) *Service {
	db = store.WithModule(db, "catalog")
	return &Service{New(db), New(store.WithCustomPlan(db))}
}

// ProductWithCategory is a product with its category, which is nil when it has none.
type ProductWithCategory struct {
	Product

	Category *Category
}

// GetProducts reads the products that have the ids, in no order.
func (s *Service) GetProducts(ctx context.Context, _ auth.Scope, ids []uuid.UUID) ([]ProductWithCategory, error) {
	rows, err := s.q.getProducts(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("products by id: %w", err)
	}
	items := make([]ProductWithCategory, len(rows))
	for i, r := range rows {
		items[i] = ProductWithCategory{Product: r.Product}
		if r.Product.CategoryID.Valid {
			items[i].Category = &Category{
				ID: r.Product.CategoryID.UUID, ParentID: r.CategoryParentID,
				Code: *r.CategoryCode, Name: *r.CategoryName, Version: *r.CategoryVersion,
				CreatedAt: *r.CategoryCreatedAt, UpdatedAt: *r.CategoryUpdatedAt,
			}
		}
	}
	return items, nil
}

// FindProductBySKU finds the id of the product that has the SKU; null when none has.
func (s *Service) FindProductBySKU(ctx context.Context, _ auth.Scope, sku string) (uuid.NullUUID, error) {
	if !store.IsValidText(sku) {
		return uuid.NullUUID{}, nil
	}
	rows, err := s.q.findProductIDsBySKU(ctx, []string{sku})
	if err != nil || len(rows) == 0 {
		return uuid.NullUUID{}, store.Wrap("product by SKU", err)
	}
	return uuid.NullUUID{UUID: rows[0].ID, Valid: true}, nil
}

// FindProductsBySKU finds the ids of the products that have the SKUs. A SKU that none has is absent.
func (s *Service) FindProductsBySKU(ctx context.Context, _ auth.Scope, skus []string) (map[string]uuid.UUID, error) {
	rows, err := s.q.findProductIDsBySKU(ctx, skus)
	ids := make(map[string]uuid.UUID, len(rows))
	for _, r := range rows {
		ids[r.SKU] = r.ID
	}
	return ids, store.Wrap("products by SKU", err)
}

// FindProductByBarcode finds the id of the product whose packet shows the barcode; null when none does. A scanner may give
// a GTIN with more or fewer leading zeros than are printed.
func (s *Service) FindProductByBarcode(ctx context.Context, _ auth.Scope, barcode string) (uuid.NullUUID, error) {
	if !store.IsValidText(barcode) {
		return uuid.NullUUID{}, nil
	}
	keys := LookupKeys(barcode)
	rows, err := s.q.findProductIDsByBarcode(ctx, keys)
	if err != nil || len(rows) == 0 {
		return uuid.NullUUID{}, store.Wrap("product by barcode", err)
	}
	best := rows[0]
	for _, r := range rows {
		if r.Key == keys[0] {
			best = r
		}
	}
	return uuid.NullUUID{UUID: best.ProductID, Valid: true}, nil
}

// GetCategories reads the categories that have the ids, in no order.
func (s *Service) GetCategories(ctx context.Context, _ auth.Scope, ids []uuid.UUID) ([]Category, error) {
	rows, err := s.q.getCategories(ctx, ids)
	return rows, store.Wrap("categories by id", err)
}

// ListRootCategories reads the categories at the top of the tree, in the order of their names.
func (s *Service) ListRootCategories(ctx context.Context, _ auth.Scope) ([]Category, error) {
	rows, err := s.q.listRootCategories(ctx)
	return rows, store.Wrap("root categories", err)
}

// ListChildCategories reads the categories right below each of the parents, in the order of their names.
func (s *Service) ListChildCategories(ctx context.Context, _ auth.Scope, parentIDs []uuid.UUID) ([]Category, error) {
	rows, err := s.q.listChildCategories(ctx, parentIDs)
	return rows, store.Wrap("child categories", err)
}

// PriceKey finds a store's price of a product.
type PriceKey struct{ StoreID, ProductID uuid.UUID }

// Key is the price's key.
func (p Price) Key() PriceKey { return PriceKey{p.StoreID, p.ProductID} }

// String is the key as text.
func (k PriceKey) String() string { return k.StoreID.String() + "/" + k.ProductID.String() }

// Money is an amount in units of a currency, which is as ISO 4217 has it.
type Money struct {
	Amount   decimal.Decimal
	Currency string
}

// Money is what the product costs.
func (p Price) Money() *Money { return &Money{p.Amount, p.Currency} }

// GetPrices reads the prices that are in force at the instant.
func (s *Service) GetPrices(ctx context.Context, scope auth.Scope, keys []PriceKey, at time.Time) ([]Price, error) {
	params := getPricesInForceParams{At: at, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()}
	for _, k := range keys {
		params.StoreIds, params.ProductIds = append(params.StoreIds, k.StoreID), append(params.ProductIds, k.ProductID)
	}
	rows, err := s.q.getPricesInForce(ctx, params)
	return rows, store.Wrap("prices in force", err)
}

// clocksDiffer is how far the clocks of two nodes may be apart.
const clocksDiffer = 5 * time.Minute

// ListCurrentAndFuturePrices reads the prices that are in force at the instant or will be later, those of a key in the order in which they
// begin. The first may have ended by the instant, for those whose clock is behind.
func (s *Service) ListCurrentAndFuturePrices(ctx context.Context, scope auth.Scope, keys []PriceKey, at time.Time) ([]Price, error) {
	params := listCurrentAndFuturePricesParams{At: at.Add(-clocksDiffer), ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()}
	for _, k := range keys {
		params.StoreIds, params.ProductIds = append(params.StoreIds, k.StoreID), append(params.ProductIds, k.ProductID)
	}
	rows, err := s.q.listCurrentAndFuturePrices(ctx, params)
	return rows, store.Wrap("prices to come", err)
}

// NextPriceChange is when the next of a key's prices comes into force after the instant; zero for none.
func NextPriceChange(list []Price, at time.Time) time.Time {
	var next time.Time
	for _, p := range list {
		if p.ValidFrom.After(at) && (next.IsZero() || p.ValidFrom.Before(next)) {
			next = p.ValidFrom
		}
	}
	return next
}

// PriceAt is the one of a key's prices, which are as ListCurrentAndFuturePrices has them, that is in force at the instant; nil for none.
func PriceAt(list []Price, at time.Time) *Price {
	for i := len(list) - 1; i >= 0; i-- {
		if !list[i].ValidFrom.After(at) {
			return &list[i]
		}
	}
	return nil
}
