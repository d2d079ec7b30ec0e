// Package catalog is the module of categories, products, their barcodes, and the stores' prices.
//
// Categories and products belong to the chain: every scope includes them. Prices belong to the stores.
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

// GlobalID returns the category's id for clients.
func (c Category) GlobalID() string { return store.GlobalID(CategoryPrefix, c.ID) }

// GlobalID returns the product's id for clients.
func (p Product) GlobalID() string { return store.GlobalID(ProductPrefix, p.ID) }

// Service reads and writes the module's rows.
type Service struct {
	q     *Queries
	lists *Queries // for the statements with optional filters
}

// NewService returns the module's service on a pool or a transaction.
func NewService(db store.DB) *Service {
	db = store.WithModule(db, "catalog")
	return &Service{New(db), New(store.WithCustomPlan(db))}
}

// A ProductWithCategory is a product with its category, or nil.
type ProductWithCategory struct {
	Product

	Category *Category
}

// GetProducts returns the products with the ids, in no order.
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

// FindProductBySKU returns the id of the product with a SKU; null if there is none.
func (s *Service) FindProductBySKU(ctx context.Context, _ auth.Scope, sku string) (uuid.NullUUID, error) {
	if !store.IsValidText(sku) {
		return uuid.NullUUID{}, nil
	}
	rows, err := s.q.findProductIDsBySKU(ctx, []string{sku})
	if err != nil || len(rows) == 0 {
		if err != nil {
			return uuid.NullUUID{}, fmt.Errorf("product by SKU: %w", err)
		}
		return uuid.NullUUID{}, nil
	}
	return uuid.NullUUID{UUID: rows[0].ID, Valid: true}, nil
}

// FindProductsBySKU returns the ids of products by SKU. An unknown SKU is absent.
func (s *Service) FindProductsBySKU(ctx context.Context, _ auth.Scope, skus []string) (map[string]uuid.UUID, error) {
	rows, err := s.q.findProductIDsBySKU(ctx, skus)
	ids := make(map[string]uuid.UUID, len(rows))
	for _, r := range rows {
		ids[r.SKU] = r.ID
	}
	if err != nil {
		return nil, fmt.Errorf("products by SKU: %w", err)
	}
	return ids, nil
}

// FindProductByBarcode returns the id of the product with a barcode; null if there is none. A scanner may drop or add leading
// zeros of a GTIN.
func (s *Service) FindProductByBarcode(ctx context.Context, _ auth.Scope, barcode string) (uuid.NullUUID, error) {
	if !store.IsValidText(barcode) {
		return uuid.NullUUID{}, nil
	}
	keys := LookupKeys(barcode)
	rows, err := s.q.findProductIDsByBarcode(ctx, keys)
	if err != nil || len(rows) == 0 {
		if err != nil {
			return uuid.NullUUID{}, fmt.Errorf("product by barcode: %w", err)
		}
		return uuid.NullUUID{}, nil
	}
	best := rows[0]
	for _, r := range rows {
		if r.Key == keys[0] {
			best = r
		}
	}
	return uuid.NullUUID{UUID: best.ProductID, Valid: true}, nil
}

// GetCategories returns the categories with the ids, in no order.
func (s *Service) GetCategories(ctx context.Context, _ auth.Scope, ids []uuid.UUID) ([]Category, error) {
	rows, err := s.q.getCategories(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("categories by id: %w", err)
	}
	return rows, nil
}

// ListRootCategories returns the categories without a parent, by name.
func (s *Service) ListRootCategories(ctx context.Context, _ auth.Scope) ([]Category, error) {
	rows, err := s.q.listRootCategories(ctx)
	if err != nil {
		return nil, fmt.Errorf("root categories: %w", err)
	}
	return rows, nil
}

// ListChildCategories returns the direct children of categories, by parent and name.
func (s *Service) ListChildCategories(ctx context.Context, _ auth.Scope, parentIDs []uuid.UUID) ([]Category, error) {
	rows, err := s.q.listChildCategories(ctx, parentIDs)
	if err != nil {
		return nil, fmt.Errorf("child categories: %w", err)
	}
	return rows, nil
}

// A PriceKey identifies the prices of a product in a store.
type PriceKey struct{ StoreID, ProductID uuid.UUID }

// Key returns the price's key.
func (p Price) Key() PriceKey { return PriceKey{p.StoreID, p.ProductID} }

// String returns the key as text.
func (k PriceKey) String() string { return k.StoreID.String() + "/" + k.ProductID.String() }

// Money is an amount in a currency, an ISO 4217 code.
type Money struct {
	Amount   decimal.Decimal
	Currency string
}

// Money returns the amount with its currency.
func (p Price) Money() *Money { return &Money{p.Amount, p.Currency} }

// GetPrices returns the prices that are in force at an instant.
func (s *Service) GetPrices(ctx context.Context, scope auth.Scope, keys []PriceKey, at time.Time) ([]Price, error) {
	params := getPricesInForceParams{At: at, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()}
	for _, k := range keys {
		params.StoreIds, params.ProductIds = append(params.StoreIds, k.StoreID), append(params.ProductIds, k.ProductID)
	}
	rows, err := s.q.getPricesInForce(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("prices in force: %w", err)
	}
	return rows, nil
}

// maxClockSkew is the maximum difference between the clocks of two nodes.
const maxClockSkew = 5 * time.Minute

// ListCurrentAndFuturePrices returns the prices that are in force at an instant or later, those of a key by start. The first one
// may have ended by then, for nodes whose clocks are behind.
func (s *Service) ListCurrentAndFuturePrices(ctx context.Context, scope auth.Scope, keys []PriceKey, at time.Time) ([]Price, error) {
	params := listCurrentAndFuturePricesParams{At: at.Add(-maxClockSkew), ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()}
	for _, k := range keys {
		params.StoreIds, params.ProductIds = append(params.StoreIds, k.StoreID), append(params.ProductIds, k.ProductID)
	}
	rows, err := s.q.listCurrentAndFuturePrices(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("prices to come: %w", err)
	}
	return rows, nil
}

// NextPriceChange returns when the next of a key's prices starts after an instant; zero for none.
func NextPriceChange(list []Price, at time.Time) time.Time {
	var next time.Time
	for _, p := range list {
		if p.ValidFrom.After(at) && (next.IsZero() || p.ValidFrom.Before(next)) {
			next = p.ValidFrom
		}
	}
	return next
}

// PriceAt returns the price of a key that is in force at an instant; nil for none. list is as ListCurrentAndFuturePrices returns
// it.
func PriceAt(list []Price, at time.Time) *Price {
	for i := len(list) - 1; i >= 0; i-- {
		if !list[i].ValidFrom.After(at) {
			return &list[i]
		}
	}
	return nil
}
