package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

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
	Unit         StockUnit       // empty keeps the existing value; a new product has UnitPiece
	Status       Status          // empty keeps the existing value; a new product has StatusActive
	Codes        []BarcodeImport // added to the existing ones: products with old barcodes are still on the shelves
	RemovedKeys  []string        // the keys of barcodes to remove; those that the product does not have are ignored
	RemoveCodes  bool            // remove all barcodes, before Codes are added
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

// FindStocked returns which of the products have stock or movements in any store.
type FindStocked func(ctx context.Context, tx *store.Tx, ids []uuid.UUID) ([]uuid.UUID, error)

// Upsert creates the products with new SKUs and updates those that differ. It rejects a product with an unknown category, with a
// barcode of another product, or with another unit than that of its stock. Rows are applied in their order: a barcode that a row
// removes may be added in a later one. SKUs and the keys of added barcodes must be distinct. The command must hold the module's
// lock.
func (s *Service) Upsert(
	ctx context.Context, tx *store.Tx, scope auth.Scope, rows []ProductImport, findStocked FindStocked,
) ([]UpsertOutcome, error) {
	if !scope.All() {
		return nil, errNotChainScope
	}
	service := NewService(tx)
	existing, err := service.findExisting(ctx, rows)
	if err != nil {
		return nil, err
	}
	if err := existing.findFixedUnits(ctx, tx, rows, findStocked); err != nil {
		return nil, err
	}
	results := make([]UpsertOutcome, len(rows))
	changes := upsertChanges{toInsert: insertProductsParams{CreatedAt: tx.Now}, toUpdate: updateProductsParams{UpdatedAt: tx.Now}}
	rowOf := map[uuid.UUID]int{}
	for i, r := range rows {
		if userErr := existing.validate(r); userErr != nil {
			results[i] = UpsertOutcome{store.UpsertRejected, userErr}
			continue
		}
		product, exists := existing.products[r.SKU]
		id := product.ID
		if exists {
			results[i].Change, rowOf[id] = store.UpsertUnchanged, i
			changes.toDelete.add(id, r)
			existing.release(r)
			changes.toUpdate.add(id, existing.category(r), r, existing.hasNewBarcode(r))
		} else {
			results[i].Change, id = store.UpsertCreated, store.NewID()
			changes.toInsert.add(id, existing.category(r), r)
		}
		changes.codes.add(id, r, existing)
	}
	updated, err := service.write(ctx, changes)
	if err != nil {
		return nil, err
	}
	for _, id := range updated {
		results[rowOf[id]].Change = store.UpsertUpdated
	}
	return results, service.emit(ctx, tx, scope, append(changes.toInsert.Ids, updated...))
}

// emit emits an event for each product that was created, updated or discontinued, with its current row.
func (s *Service) emit(ctx context.Context, tx *store.Tx, scope auth.Scope, ids []uuid.UUID) error {
	items, err := s.GetProducts(ctx, scope, ids)
	if err != nil {
		return err
	}
	for _, item := range items {
		event := store.EventProductUpdated
		switch {
		case item.Version == 1:
			event = store.EventProductCreated
		case item.endedAt(tx.Now):
			event = store.EventProductDiscontinued
		}
		tx.Emit(store.NewChainEvent(event, item.ID, EventData{item.Product}))
	}
	return nil
}

// A DiscontinueOutcome is the result of discontinuing one product.
type DiscontinueOutcome struct {
	HasChanged bool             // false if it was discontinued before, or if there is no such product
	Err        *store.UserError // why the SKU was rejected; nil otherwise
}

// Discontinue ends products, which must be distinct. The command must hold the module's lock.
func (s *Service) Discontinue(ctx context.Context, tx *store.Tx, scope auth.Scope, skus []string) ([]DiscontinueOutcome, error) {
	if !scope.All() {
		return nil, errNotChainScope
	}
	service := NewService(tx)
	known, err := service.FindProductsBySKU(ctx, scope, skus)
	if err != nil {
		return nil, err
	}
	changed, err := service.q.discontinueProducts(ctx, discontinueProductsParams{
		Ids: slices.Collect(maps.Values(known)), UpdatedAt: tx.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("discontinue products: %w", err)
	}
	outcomes := make([]DiscontinueOutcome, len(skus))
	for i, sku := range skus {
		id, exists := known[sku]
		if outcomes[i].HasChanged = slices.Contains(changed, id); !exists {
			outcomes[i].Err = &store.UserError{
				Code: store.CodeNotFound, Message: fmt.Sprintf("There is no product with the SKU %s.", store.Quote(sku)),
			}
		}
	}
	return outcomes, service.emit(ctx, tx, scope, changed)
}

var errNotChainScope = errors.New("only a scope of the whole chain may import products")

// upsertChanges is what an upsert writes.
type upsertChanges struct {
	toInsert insertProductsParams
	toUpdate updateProductsParams
	toDelete deleteBarcodesParams
	codes    insertBarcodesParams
}

// write writes the changes. It returns the ids of the products that it updated.
func (s *Service) write(ctx context.Context, c upsertChanges) ([]uuid.UUID, error) {
	if err := s.q.insertProducts(ctx, c.toInsert); err != nil {
		return nil, fmt.Errorf("insert products: %w", err)
	}
	if len(c.toDelete.ProductIds) > 0 {
		ids, err := s.q.deleteBarcodes(ctx, c.toDelete)
		if err != nil {
			return nil, fmt.Errorf("delete barcodes: %w", err)
		}
		lost := make(map[uuid.UUID]bool, len(ids))
		for _, id := range ids {
			lost[id] = true
		}
		for i, id := range c.toUpdate.Ids {
			c.toUpdate.Barcodes[i] = c.toUpdate.Barcodes[i] || lost[id]
		}
	}
	updated, err := s.q.updateProducts(ctx, c.toUpdate)
	if err != nil {
		return nil, fmt.Errorf("update products: %w", err)
	}
	if err := s.q.insertBarcodes(ctx, c.codes); err != nil {
		return nil, fmt.Errorf("insert barcodes: %w", err)
	}
	return updated, nil
}

// existingRows has the rows that imported products refer to.
type existingRows struct {
	products   map[string]lockProductsRow // by SKU
	categories map[string]uuid.UUID       // by code; uuid.Nil for the empty code
	owners     map[string]string          // by barcode key: the SKU of its product
	cleared    map[string]bool            // the SKUs of products that lose all these barcodes
	fixedUnits map[uuid.UUID]bool         // the products whose unit a row would change although there is stock in it
}

func (s *Service) findExisting(ctx context.Context, rows []ProductImport) (existingRows, error) {
	existing := existingRows{map[string]lockProductsRow{}, map[string]uuid.UUID{"": uuid.Nil}, map[string]string{}, map[string]bool{}, nil}
	skus, codes, keys := make([]string, len(rows)), make([]string, len(rows)), []string{}
	for i, r := range rows {
		skus[i], codes[i] = r.SKU, store.Deref(r.CategoryCode)
		for _, c := range r.Codes {
			keys = append(keys, c.Key)
		}
	}
	products, err := s.q.lockProducts(ctx, skus)
	if err != nil {
		return existingRows{}, fmt.Errorf("products by SKU: %w", err)
	}
	for _, p := range products {
		existing.products[p.SKU] = p
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

// findFixedUnits finds the products whose unit must not change. It reads nothing unless a row has another unit.
func (e *existingRows) findFixedUnits(ctx context.Context, tx *store.Tx, rows []ProductImport, findStocked FindStocked) error {
	var ids []uuid.UUID
	for _, r := range rows {
		if p, ok := e.products[r.SKU]; ok && r.Unit != "" && r.Unit != p.Unit {
			ids = append(ids, p.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	stocked, err := findStocked(ctx, tx, ids)
	if err != nil {
		return fmt.Errorf("products with stock: %w", err)
	}
	e.fixedUnits = make(map[uuid.UUID]bool, len(stocked))
	for _, id := range stocked {
		e.fixedUnits[id] = true
	}
	return nil
}

// category returns the id of the product's category; uuid.Nil for none.
func (e *existingRows) category(r ProductImport) uuid.UUID {
	return e.categories[store.Deref(r.CategoryCode)]
}

// validate returns the rule that the product violates; nil for none.
func (e *existingRows) validate(r ProductImport) *store.UserError {
	if code := store.Deref(r.CategoryCode); code != "" && e.category(r) == uuid.Nil {
		return store.NewUserError(store.CodeNotFound, "categoryCode", "There is no category with the code %s.", store.Quote(code))
	}
	for i, c := range r.Codes {
		if owner := e.owner(c.Key); owner != "" && owner != r.SKU {
			return store.NewUserError(store.CodeTaken, "barcodes."+strconv.Itoa(i),
				"The barcode %s already belongs to the product with the SKU %s.", store.Quote(c.Printed), store.Quote(owner))
		}
	}
	if p := e.products[r.SKU]; e.fixedUnits[p.ID] && r.Unit != p.Unit {
		return store.NewUserError(store.CodeNotAllowed, "unit",
			"The unit is %s and cannot become %s: stores have stock of the product in %s. Create a product with another SKU.",
			p.Unit, r.Unit, p.Unit)
	}
	return nil
}

// release frees the barcodes that the row removes.
func (e *existingRows) release(r ProductImport) {
	for _, key := range r.RemovedKeys {
		if e.owners[key] == r.SKU {
			delete(e.owners, key)
		}
	}
	if r.RemoveCodes {
		e.cleared[r.SKU] = true
	}
}

// owner returns the SKU of the product that has a barcode; empty for none.
func (e *existingRows) owner(key string) string {
	if sku := e.owners[key]; !e.cleared[sku] {
		return sku
	}
	return ""
}

// hasNewBarcode reports whether one of the product's barcodes is new.
func (e *existingRows) hasNewBarcode(r ProductImport) bool {
	for _, c := range r.Codes {
		if e.owner(c.Key) == "" {
			return true
		}
	}
	return false
}

func (p *insertProductsParams) add(id, category uuid.UUID, r ProductImport) {
	p.Ids, p.CategoryIds = append(p.Ids, id), append(p.CategoryIds, category)
	p.Skus, p.Names, p.Brands = append(p.Skus, r.SKU), append(p.Names, r.Name), append(p.Brands, store.Deref(r.Brand))
	p.Units, p.Statuses = append(p.Units, string(r.Unit)), append(p.Statuses, string(r.Status))
}

func (p *updateProductsParams) add(id, category uuid.UUID, r ProductImport, barcodes bool) {
	p.Ids, p.CategoryIds = append(p.Ids, id), append(p.CategoryIds, category)
	p.Names, p.Brands = append(p.Names, r.Name), append(p.Brands, store.Deref(r.Brand))
	p.Units, p.Statuses = append(p.Units, string(r.Unit)), append(p.Statuses, string(r.Status))
	p.Barcodes = append(p.Barcodes, barcodes)
	p.HasBrand, p.HasCategory = append(p.HasBrand, r.Brand != nil), append(p.HasCategory, r.CategoryCode != nil)
}

func (p *deleteBarcodesParams) add(id uuid.UUID, r ProductImport) {
	keys := r.RemovedKeys
	if r.RemoveCodes {
		keys = []string{""}
	}
	for _, key := range keys {
		p.ProductIds, p.Keys = append(p.ProductIds, id), append(p.Keys, key)
	}
}

// add adds the barcodes that nobody owns, which the product owns then: a code may be printed in two forms.
func (p *insertBarcodesParams) add(id uuid.UUID, r ProductImport, existing existingRows) {
	for _, c := range r.Codes {
		if existing.owner(c.Key) == "" {
			existing.owners[c.Key] = r.SKU
			p.Keys, p.ProductIds, p.Printed = append(p.Keys, c.Key), append(p.ProductIds, id), append(p.Printed, c.Printed)
		}
	}
}
