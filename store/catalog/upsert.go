package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// BarcodeImport is a barcode that a product carries: what all its prints have in common (GTINKey or InternalKey), and one print.
type BarcodeImport struct{ Key, Printed string }

// ProductImport is a product as another system knows it. Its SKU says which one it is.
type ProductImport struct {
	SKU, Name    string
	Brand        *string         // empty for none; nil leaves what is there
	CategoryCode *string         // empty for none; nil leaves what is there
	Codes        []BarcodeImport // the product gets those that it lacks, and keeps its others: old packets are still in the shelves
}

// EventData is what an event tells of a product.
type EventData struct {
	Product Product `json:"product"`
}

// UpsertOutcome is what an upsert did to one product.
type UpsertOutcome struct {
	Change store.UpsertResult
	Err    *store.UserError // of a product that was refused
}

// Upsert creates the products whose SKUs are new, and updates those that differ. It refuses a product with a category
// that does not exist, or with a barcode of another product. SKUs must be distinct, and so must the codes' keys. The
// command has the module's lock.
func (s *Service) Upsert(ctx context.Context, tx *store.Tx, scope auth.Scope, rows []ProductImport) ([]UpsertOutcome, error) {
	if !scope.All() {
		return nil, errScope
	}
	in := NewService(tx)
	seen, err := in.look(ctx, rows)
	if err != nil {
		return nil, err
	}
	results := make([]UpsertOutcome, len(rows))
	fresh, old := insertProductsParams{CreatedAt: tx.Now}, updateProductsParams{UpdatedAt: tx.Now}
	var codes insertBarcodesParams
	rowOf := map[uuid.UUID]int{}
	for i, r := range rows {
		if why := seen.breaks(r); why != nil {
			results[i] = UpsertOutcome{store.UpsertRejected, why}
			continue
		}
		id, exists := seen.products[r.SKU]
		if exists {
			results[i].Change, rowOf[id] = store.UpsertUnchanged, i
			old.add(id, seen.category(r), r, seen.lacks(r))
		} else {
			results[i].Change, id = store.UpsertCreated, store.NewID()
			fresh.add(id, seen.category(r), r)
		}
		codes.add(id, r.Codes, seen.owners)
	}
	updated, err := in.write(ctx, fresh, old, codes)
	if err != nil {
		return nil, err
	}
	for _, id := range updated {
		results[rowOf[id]].Change = store.UpsertUpdated
	}
	return results, in.tell(ctx, tx, scope, append(fresh.Ids, updated...))
}

// tell tells of the products that are new or changed, as they are now.
func (s *Service) tell(ctx context.Context, tx *store.Tx, scope auth.Scope, ids []uuid.UUID) error {
	items, err := s.GetProducts(ctx, scope, ids)
	if err != nil {
		return err
	}
	for _, item := range items {
		tx.Emit(store.NewChainEvent(store.EventProductChanged, item.ID, EventData{item.Product}))
	}
	return nil
}

var errScope = errors.New("only who sees the whole chain may bring in products")

func (s *Service) write(
	ctx context.Context, fresh insertProductsParams, old updateProductsParams, codes insertBarcodesParams,
) ([]uuid.UUID, error) {
	if err := s.q.insertProducts(ctx, fresh); err != nil {
		return nil, fmt.Errorf("insert products: %w", err)
	}
	updated, err := s.q.updateProducts(ctx, old)
	if err != nil {
		return nil, fmt.Errorf("update products: %w", err)
	}
	if err := s.q.insertBarcodes(ctx, codes); err != nil {
		return nil, fmt.Errorf("insert barcodes: %w", err)
	}
	return updated, nil
}

// before is what the database has of the products that come in.
type before struct {
	products   map[string]uuid.UUID // by SKU
	categories map[string]uuid.UUID // by code; the empty code has none
	owners     map[string]string    // the SKU that a barcode's key belongs to
}

func (s *Service) look(ctx context.Context, rows []ProductImport) (before, error) {
	seen := before{map[string]uuid.UUID{}, map[string]uuid.UUID{"": uuid.Nil}, map[string]string{}}
	skus, codes, keys := make([]string, len(rows)), make([]string, len(rows)), []string{}
	for i, r := range rows {
		skus[i], codes[i] = r.SKU, orEmpty(r.CategoryCode)
		for _, c := range r.Codes {
			keys = append(keys, c.Key)
		}
	}
	products, err := s.q.lockProducts(ctx, skus)
	if err != nil {
		return before{}, fmt.Errorf("products by SKU: %w", err)
	}
	for _, p := range products {
		seen.products[p.SKU] = p.ID
	}
	categories, err := s.q.findCategoryIDsByCode(ctx, codes)
	if err != nil {
		return before{}, fmt.Errorf("categories by code: %w", err)
	}
	for _, c := range categories {
		seen.categories[c.Code] = c.ID
	}
	owners, err := s.q.listBarcodeOwners(ctx, keys)
	if err != nil {
		return before{}, fmt.Errorf("owners of barcodes: %w", err)
	}
	for _, o := range owners {
		seen.owners[o.Key] = o.SKU
	}
	return seen, nil
}

// category is the id of the product's category; uuid.Nil for none.
func (b before) category(r ProductImport) uuid.UUID { return b.categories[orEmpty(r.CategoryCode)] }

// breaks says which rule the product breaks; nil when none.
func (b before) breaks(r ProductImport) *store.UserError {
	if code := orEmpty(r.CategoryCode); code != "" && b.category(r) == uuid.Nil {
		return store.NewUserError(store.CodeNotFound, "categoryCode", "There is no category with the code %q.", code)
	}
	for _, c := range r.Codes {
		if owner, ok := b.owners[c.Key]; ok && owner != r.SKU {
			return store.NewInputError("barcodes", "The barcode %s belongs to the product with the SKU %s already.", c.Printed, owner)
		}
	}
	return nil
}

// lacks says whether one of the product's barcodes is new.
func (b before) lacks(r ProductImport) bool {
	for _, c := range r.Codes {
		if _, ok := b.owners[c.Key]; !ok {
			return true
		}
	}
	return false
}

func (p *insertProductsParams) add(id, category uuid.UUID, r ProductImport) {
	p.Ids, p.CategoryIds = append(p.Ids, id), append(p.CategoryIds, category)
	p.Skus, p.Names, p.Brands = append(p.Skus, r.SKU), append(p.Names, r.Name), append(p.Brands, orEmpty(r.Brand))
}

func (p *updateProductsParams) add(id, category uuid.UUID, r ProductImport, barcodes bool) {
	p.Ids, p.CategoryIds = append(p.Ids, id), append(p.CategoryIds, category)
	p.Names, p.Brands = append(p.Names, r.Name), append(p.Brands, orEmpty(r.Brand))
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

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
