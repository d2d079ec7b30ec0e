package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// A BarcodeImport is a barcode of a product: its key, from GTINKey or InternalKey, and how it is printed.
type BarcodeImport struct{ Key, Printed string }

// A ProductImport is a product from another system, which its SKU identifies.
type ProductImport struct {
	SKU, Name    string
	Brand        *string         // empty for none; nil keeps the existing value
	CategoryCode *string         // empty for none; nil keeps the existing value
	Codes        []BarcodeImport // added to the existing ones: products with old barcodes are still on the shelves
}

// EventData is the data of a product's event.
type EventData struct {
	Product Product `json:"product"`
}

// An UpsertOutcome is the result of an upsert for one product.
type UpsertOutcome struct {
	Change store.UpsertResult
	Err    *store.UserError // why the product was rejected; nil otherwise
}

// Upsert creates the products with new SKUs and updates those that differ. It rejects a product with an unknown category, or with
// a barcode of another product. SKUs and barcode keys must be distinct. The command must hold the module's lock.
func (s *Service) Upsert(ctx context.Context, tx *store.Tx, scope auth.Scope, rows []ProductImport) ([]UpsertOutcome, error) {
	if !scope.All() {
		return nil, errNotChainScope
	}
	service := NewService(tx)
	existing, err := service.findExisting(ctx, rows)
	if err != nil {
		return nil, err
	}
	results := make([]UpsertOutcome, len(rows))
	toInsert, toUpdate := insertProductsParams{CreatedAt: tx.Now}, updateProductsParams{UpdatedAt: tx.Now}
	var codes insertBarcodesParams
	rowOf := map[uuid.UUID]int{}
	for i, r := range rows {
		if userErr := existing.validate(r); userErr != nil {
			results[i] = UpsertOutcome{store.UpsertRejected, userErr}
			continue
		}
		id, exists := existing.products[r.SKU]
		if exists {
			results[i].Change, rowOf[id] = store.UpsertUnchanged, i
			toUpdate.add(id, existing.category(r), r, existing.hasNewBarcode(r))
		} else {
			results[i].Change, id = store.UpsertCreated, store.NewID()
			toInsert.add(id, existing.category(r), r)
		}
		codes.add(id, r.Codes, existing.owners)
	}
	updated, err := service.write(ctx, toInsert, toUpdate, codes)
	if err != nil {
		return nil, err
	}
	for _, id := range updated {
		results[rowOf[id]].Change = store.UpsertUpdated
	}
	return results, service.emit(ctx, tx, scope, append(toInsert.Ids, updated...))
}

// emit emits an event for each product that was created or updated, with its current row.
func (s *Service) emit(ctx context.Context, tx *store.Tx, scope auth.Scope, ids []uuid.UUID) error {
	items, err := s.GetProducts(ctx, scope, ids)
	if err != nil {
		return err
	}
	for _, item := range items {
		event := store.EventProductUpdated
		if item.Version == 1 {
			event = store.EventProductCreated
		}
		tx.Emit(store.NewChainEvent(event, item.ID, EventData{item.Product}))
	}
	return nil
}

var errNotChainScope = errors.New("only a scope of the whole chain may import products")

func (s *Service) write(
	ctx context.Context, toInsert insertProductsParams, toUpdate updateProductsParams, codes insertBarcodesParams,
) ([]uuid.UUID, error) {
	if err := s.q.insertProducts(ctx, toInsert); err != nil {
		return nil, fmt.Errorf("insert products: %w", err)
	}
	updated, err := s.q.updateProducts(ctx, toUpdate)
	if err != nil {
		return nil, fmt.Errorf("update products: %w", err)
	}
	if err := s.q.insertBarcodes(ctx, codes); err != nil {
		return nil, fmt.Errorf("insert barcodes: %w", err)
	}
	return updated, nil
}

// existingRows has the rows that imported products refer to.
type existingRows struct {
	products   map[string]uuid.UUID // by SKU
	categories map[string]uuid.UUID // by code; uuid.Nil for the empty code
	owners     map[string]string    // by barcode key: the SKU of its product
}

func (s *Service) findExisting(ctx context.Context, rows []ProductImport) (existingRows, error) {
	existing := existingRows{map[string]uuid.UUID{}, map[string]uuid.UUID{"": uuid.Nil}, map[string]string{}}
	skus, codes, keys := make([]string, len(rows)), make([]string, len(rows)), []string{}
	for i, r := range rows {
		skus[i], codes[i] = r.SKU, deref(r.CategoryCode)
		for _, c := range r.Codes {
			keys = append(keys, c.Key)
		}
	}
	products, err := s.q.lockProducts(ctx, skus)
	if err != nil {
		return existingRows{}, fmt.Errorf("products by SKU: %w", err)
	}
	for _, p := range products {
		existing.products[p.SKU] = p.ID
	}
	categories, err := s.q.findCategoryIDsByCode(ctx, codes)
	if err != nil {
		return existingRows{}, fmt.Errorf("categories by code: %w", err)
	}
	for _, c := range categories {
		existing.categories[c.Code] = c.ID
	}
	owners, err := s.q.listBarcodeOwners(ctx, keys)
	if err != nil {
		return existingRows{}, fmt.Errorf("owners of barcodes: %w", err)
	}
	for _, o := range owners {
		existing.owners[o.Key] = o.SKU
	}
	return existing, nil
}

// category returns the id of the product's category; uuid.Nil for none.
func (e existingRows) category(r ProductImport) uuid.UUID { return e.categories[deref(r.CategoryCode)] }

// validate returns the rule that the product violates; nil for none.
func (e existingRows) validate(r ProductImport) *store.UserError {
	if code := deref(r.CategoryCode); code != "" && e.category(r) == uuid.Nil {
		return store.NewUserError(store.CodeNotFound, "categoryCode", "There is no category with the code %s.", store.Quote(code))
	}
	for _, c := range r.Codes {
		if owner, ok := e.owners[c.Key]; ok && owner != r.SKU {
			return store.NewInputError("barcodes", "The barcode %s already belongs to the product with the SKU %s.",
				store.Quote(c.Printed), store.Quote(owner))
		}
	}
	return nil
}

// hasNewBarcode reports whether one of the product's barcodes is new.
func (e existingRows) hasNewBarcode(r ProductImport) bool {
	for _, c := range r.Codes {
		if _, ok := e.owners[c.Key]; !ok {
			return true
		}
	}
	return false
}

func (p *insertProductsParams) add(id, category uuid.UUID, r ProductImport) {
	p.Ids, p.CategoryIds = append(p.Ids, id), append(p.CategoryIds, category)
	p.Skus, p.Names, p.Brands = append(p.Skus, r.SKU), append(p.Names, r.Name), append(p.Brands, deref(r.Brand))
}

func (p *updateProductsParams) add(id, category uuid.UUID, r ProductImport, barcodes bool) {
	p.Ids, p.CategoryIds = append(p.Ids, id), append(p.CategoryIds, category)
	p.Names, p.Brands = append(p.Names, r.Name), append(p.Brands, deref(r.Brand))
	p.Barcodes = append(p.Barcodes, barcodes)
	p.HasBrand, p.HasCategory = append(p.HasBrand, r.Brand != nil), append(p.HasCategory, r.CategoryCode != nil)
}

func (p *insertBarcodesParams) add(id uuid.UUID, codes []BarcodeImport, owners map[string]string) {
	for _, c := range codes {
		if _, ok := owners[c.Key]; !ok {
			p.Keys, p.ProductIds, p.Printed = append(p.Keys, c.Key), append(p.ProductIds, id), append(p.Printed, c.Printed)
		}
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
