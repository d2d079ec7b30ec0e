package importer

import (
	"context"
	"fmt"
	"slices"

	"aisle/auth"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/inventory"
)

const maxBrandLen = 100

// productRow is a product in the file.
type productRow = catalog.ProductImport

// productHandler implements the rules for products.
type productHandler struct {
	parser         barcodeParser
	hasSKU         bool
	provided       struct{ brand, category bool }
	skus, barcodes duplicateDetector
}

func newProductHandler(h *header, o ProductsOptions) (*productHandler, error) {
	f := &productHandler{
		parser: barcodeParser{keepInternal: o.KeepInternal}, hasSKU: h.has(fieldSKU),
		skus: newDuplicateDetector(), barcodes: newDuplicateDetector(),
	}
	f.provided.brand, f.provided.category = h.has(fieldBrand), h.has(fieldCategory)
	if !h.has(fieldName) {
		return nil, h.missing(fieldName, "--map name=COLUMN")
	}
	if !f.hasSKU && !h.has(fieldBarcode) {
		return nil, h.missing("SKU or barcode", "--map sku=COLUMN, --map barcode=COLUMN or both")
	}
	return f, h.checkConstants(func(c *cells) { f.parse(c) })
}

func (f *productHandler) parse(c *cells) productRow {
	row := productRow{
		SKU: c.text(fieldSKU, maxCodeLen), Name: c.requiredName(fieldName, maxNameLen), Codes: f.parser.parse(c),
	}
	if f.provided.brand {
		row.Brand = new(c.text(fieldBrand, maxBrandLen))
	}
	row.Unit = c.unit()
	if f.provided.category {
		row.CategoryCode = new(c.text(fieldCategory, maxCodeLen))
	}
	switch {
	case row.SKU != "" || c.hasProblem(fieldSKU) || c.hasProblem(fieldBarcode):
	case len(row.Codes) > 0:
		row.SKU = skuOf(row.Codes[0])
	case f.hasSKU:
		c.addProblemf(fieldSKU, "Both the SKU and the barcode are missing.")
	default:
		c.addProblemf(fieldBarcode, "The barcode is missing.")
	}
	for _, code := range row.Codes {
		if row.Name != "" && row.Name == code.Printed {
			c.addProblemf(fieldName, "The name %q equals the barcode.", row.Name)
		}
	}
	return row
}

// checkDuplicate finds an earlier row with the same SKU or barcode. Rows that differ only in their barcodes are one product:
// many systems write a row for each barcode.
func (f *productHandler) checkDuplicate(row productRow, line int) (repeats bool, field, reason string) {
	hash := hashTexts(row.SKU, row.Name, store.Deref(row.Brand), store.Deref(row.CategoryCode), string(row.Unit))
	owner := hashTexts(row.SKU)
	for _, c := range row.Codes {
		if first, same, known := f.barcodes.find(c.Key, owner); known && !same {
			return false, fieldBarcode, fmt.Sprintf("Line %d assigns the barcode %s to another SKU.", first, c.Printed)
		}
	}
	first, same, known := f.skus.add(row.SKU, line, hash)
	switch {
	case known && !same && f.hasSKU:
		return false, fieldSKU, fmt.Sprintf("Line %d has the same SKU %q but other values.", first, row.SKU)
	case known && !same:
		return false, fieldBarcode, fmt.Sprintf("Line %d has the same barcode %s but other values.", first, row.SKU)
	}
	repeats = known
	for _, c := range row.Codes {
		if _, _, known := f.barcodes.add(c.Key, line, owner); !known {
			repeats = false
		}
	}
	return repeats, "", ""
}

func (f *productHandler) mergeKey(row productRow) string { return row.SKU }

// merge adds the barcodes of a row to those of an earlier row with the same SKU.
func (f *productHandler) merge(into *productRow, row productRow) {
	for _, c := range row.Codes {
		if !slices.ContainsFunc(into.Codes, func(existing catalog.BarcodeImport) bool { return existing.Key == c.Key }) {
			into.Codes = append(into.Codes, c)
		}
	}
}

// save upserts a batch.
func (f *productHandler) save(ctx context.Context, tx *store.Tx, rows []productRow) (batchResult, error) {
	done, err := catalog.NewService(tx).Upsert(ctx, tx, auth.SystemScope(), rows, inventory.FindStocked)
	if err != nil {
		return batchResult{}, fmt.Errorf("save products: %w", err)
	}
	fields := map[string]string{"categoryCode": fieldCategory, "barcodes": fieldBarcode, "unit": fieldUnit} // by the names in the schema
	all := batchResult{results: make([]rowResult, len(rows))}
	for i, d := range done {
		all.results[i].change = d.Change
		if d.Err != nil {
			all.results[i] = rowResult{change: d.Change, field: fields[d.Err.Field[0]], reason: d.Err.Message}
		}
	}
	return all, nil
}
