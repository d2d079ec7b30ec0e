package importer

import (
	"context"
	"fmt"
	"slices"

	"aisle/auth"
	"aisle/store"
	"aisle/store/catalog"
)

// The fields of a product, besides its name.
const (
	fieldSKU      = "sku"
	fieldBarcode  = "barcode"
	fieldBrand    = "brand"
	fieldCategory = "category"
)

func productFields() []field {
	return []field{
		{name: fieldSKU, aliases: []string{"itemnumber", "itemno", "itemcode", "productcode", "articlenumber", "plu"}, key: true},
		{name: fieldName, aliases: []string{"productname", "itemname", "title", "description"}},
		{name: fieldBarcode, aliases: []string{"barcodes", "gtin", "gtins", "ean", "ean13", "upc", "upca", "code"}, key: true},
		{name: fieldBrand, aliases: []string{"brands", "brandname"}},
		{name: fieldCategory, aliases: []string{"categorycode"}},
	}
}

const longestBrand = 100

// productRow is a product of the file.
type productRow = catalog.ProductImport

// productFile are the rules for files of products.
type productFile struct {
	keepInternal bool
	hasSKU       bool
	knows        struct{ brand, category bool }
	skus, codes  doubles
}

func newProductFile(h *header, o ProductsOptions) (*productFile, error) {
	f := &productFile{
		keepInternal: o.KeepInternal, hasSKU: h.has(fieldSKU), skus: newDoubles(), codes: newDoubles(),
	}
	f.knows.brand, f.knows.category = h.has(fieldBrand), h.has(fieldCategory)
	if !h.has(fieldName) {
		return nil, h.missing(fieldName, "--map name=COLUMN")
	}
	if !f.hasSKU && !h.has(fieldBarcode) {
		return nil, h.missing("SKU and none for the barcode", "--map sku=COLUMN or --map barcode=COLUMN, or both")
	}
	return f, h.checkConstants(func(c *cells) { f.parse(c) })
}

func (f *productFile) parse(c *cells) productRow {
	row := productRow{
		SKU: c.text(fieldSKU, longestCode), Name: c.name(fieldName, longestName), Codes: f.barcodes(c),
	}
	if f.knows.brand {
		row.Brand = new(c.text(fieldBrand, longestBrand))
	}
	if f.knows.category {
		row.CategoryCode = new(c.text(fieldCategory, longestCode))
	}
	switch {
	case row.SKU != "" || c.failed(fieldSKU) || c.failed(fieldBarcode):
	case len(row.Codes) > 0:
		row.SKU = canonical(row.Codes[0])
	case f.hasSKU:
		c.failf(fieldSKU, "The SKU is missing, and there is no barcode either.")
	default:
		c.failf(fieldBarcode, "The barcode is missing.")
	}
	for _, code := range row.Codes {
		if row.Name != "" && row.Name == code.Printed {
			c.failf(fieldName, "The name %q is the barcode again.", row.Name)
		}
	}
	return row
}

// twice finds an earlier row with the same SKU or barcode. Rows that are alike but for their barcodes are one product:
// many systems write a row a barcode.
func (f *productFile) twice(row productRow, line int) (repeats bool, field, why string) {
	hash := hashOf(row.SKU, row.Name, orEmpty(row.Brand), orEmpty(row.CategoryCode))
	owner := hashOf(row.SKU)
	for _, c := range row.Codes {
		if first, same, known := f.codes.peek(c.Key, owner); known && !same {
			return false, fieldBarcode, fmt.Sprintf("Line %d has the barcode %s, too, for another SKU.", first, c.Printed)
		}
	}
	first, same, known := f.skus.meet(row.SKU, line, hash)
	switch {
	case known && !same && f.hasSKU:
		return false, fieldSKU, fmt.Sprintf("Line %d has the SKU %q, too, and differs elsewhere.", first, row.SKU)
	case known && !same:
		return false, fieldBarcode, fmt.Sprintf("Line %d has the barcode %s, too, and differs elsewhere.", first, row.SKU)
	}
	repeats = known
	for _, c := range row.Codes {
		if _, _, known := f.codes.meet(c.Key, line, owner); !known {
			repeats = false
		}
	}
	return repeats, "", ""
}

func (f *productFile) key(row productRow) string { return row.SKU }

// merge adds the barcodes of a row to those of an earlier row with the same SKU.
func (f *productFile) merge(into *productRow, row productRow) {
	for _, c := range row.Codes {
		if !slices.ContainsFunc(into.Codes, func(has catalog.BarcodeImport) bool { return has.Key == c.Key }) {
			into.Codes = append(into.Codes, c)
		}
	}
}

// save upserts a batch.
func (f *productFile) save(ctx context.Context, tx *store.Tx, rows []productRow) (saved, error) {
	done, err := catalog.NewService(tx).Upsert(ctx, tx, auth.SystemScope(), rows)
	if err != nil {
		return saved{}, fmt.Errorf("save products: %w", err)
	}
	fields := map[string]string{"categoryCode": fieldCategory, "barcodes": fieldBarcode} // by the catalog's names
	all := saved{results: make([]result, len(rows))}
	for i, d := range done {
		all.results[i].change = d.Change
		if d.Err != nil {
			all.results[i] = result{change: d.Change, field: fields[d.Err.Field[0]], why: d.Err.Message}
		}
	}
	return all, nil
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
