package resolvers

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
	"aisle/store/catalog"
)

// The longest texts of a product, in characters.
const (
	maxSKULen     = 64
	maxNameLen    = 200
	maxBrandLen   = 100
	maxBarcodeLen = 64
	maxBarcodes   = 100
)

// upsertCounts is what became of products.
type upsertCounts struct {
	Created, Updated, Unchanged int32
	Rejected                    []store.RejectedRow
}

// upsertProducts brings in the products that can be.
func (r *Resolver) upsertProducts(ctx context.Context, in graph.UpsertProductsInput) (*graph.UpsertProductsPayload, error) {
	products, places, rejected, err := parseProducts(in.Products)
	c := store.Command{
		Name: "upsertProducts", IdempotencyKey: in.IdempotencyKey, Input: in, Locks: []store.Lock{store.ModuleLock("catalog")},
	}
	done, userErrs, err := runMutation(ctx, r, c, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (upsertCounts, error) {
			results, err := r.Modules.Catalog.Upsert(ctx, tx, scope, products)
			done := upsertCounts{Rejected: rejected}
			for i, result := range results {
				done.add(result, places[i])
			}
			return done, err
		})
	if err != nil {
		return nil, err
	}
	return &graph.UpsertProductsPayload{
		Created: done.Created, Updated: done.Updated, Unchanged: done.Unchanged,
		Rejected: sortByIndex(done.Rejected), UserErrors: userErrs,
	}, nil
}

// add counts what became of one product.
func (u *upsertCounts) add(result catalog.UpsertOutcome, place int) {
	switch result.Change {
	case store.UpsertCreated:
		u.Created++
	case store.UpsertUpdated:
		u.Updated++
	case store.UpsertUnchanged:
		u.Unchanged++
	case store.UpsertRejected:
		u.Rejected = append(u.Rejected, store.NewRejectedRow(place, result.Err))
	}
}

// parseProducts reads the products of an input, and says which of them cannot be; places are those of the good ones.
func parseProducts(rows []graph.NewProduct) (products []catalog.ProductImport, places []int, rejected []store.RejectedRow, err error) {
	if err := checkRowCount("products", len(rows)); err != nil {
		return nil, nil, nil, err
	}
	seen := duplicateFinder{}
	for i, row := range rows {
		product, err := parseProduct(row)
		if err == nil {
			err = seen.check(product, i)
		}
		if err == nil {
			products, places = append(products, product), append(places, i)
			continue
		}
		reject, internalErr := newRejectedRow(i, err)
		if internalErr != nil {
			return nil, nil, nil, internalErr
		}
		rejected = append(rejected, reject)
	}
	return products, places, rejected, nil
}

func parseProduct(row graph.NewProduct) (p catalog.ProductImport, err error) {
	if p.SKU, err = store.CleanText("sku", row.Sku, maxSKULen); err != nil {
		return p, err
	}
	if p.Name, err = store.CleanText("name", row.Name, maxNameLen); err != nil {
		return p, err
	}
	if p.Brand, err = parseOptionalText("brand", row.Brand, maxBrandLen); err != nil {
		return p, err
	}
	if p.CategoryCode, err = parseOptionalText("categoryCode", row.CategoryCode, maxSKULen); err != nil {
		return p, err
	}
	if len(row.Barcodes) > maxBarcodes {
		return p, store.NewInputError("barcodes", "There are %d barcodes, and may be %d at most.", len(row.Barcodes), maxBarcodes)
	}
	keys := map[string]bool{}
	for _, printed := range row.Barcodes {
		code, err := parseBarcode(printed)
		if err != nil {
			return p, err
		}
		if !keys[code.Key] { // the same code, printed twice
			keys[code.Key] = true
			p.Codes = append(p.Codes, code)
		}
	}
	return p, nil
}

// parseOptionalText is an optional text of which null means something else than an empty one.
func parseOptionalText(field string, text *string, maxLen int) (*string, error) {
	if text == nil {
		return nil, nil
	}
	clean, err := store.CleanOptionalText(field, *text, maxLen)
	return &clean, err
}

// parseBarcode reads a code: a GTIN, or, with a colon before it, one of the chain's own.
func parseBarcode(printed string) (catalog.BarcodeImport, error) {
	printed, err := store.CleanText("barcodes", printed, maxBarcodeLen)
	if err != nil {
		return catalog.BarcodeImport{}, err
	}
	if own, ok := strings.CutPrefix(printed, ":"); ok {
		if own == "" {
			return catalog.BarcodeImport{}, store.NewInputError("barcodes", "There is no code behind the colon.")
		}
		return catalog.BarcodeImport{Key: catalog.InternalKey(own), Printed: own}, nil
	}
	key, err := catalog.GTINKey(printed)
	if err != nil {
		return catalog.BarcodeImport{}, store.NewInputError("barcodes",
			"The barcode %q cannot be taken: %v. If it is a code of your own, put a colon before it.", printed, err)
	}
	return catalog.BarcodeImport{Key: key, Printed: printed}, nil
}

// duplicateFinder finds what may be only once in an input: its place by the SKU, or by the barcode's key.
type duplicateFinder map[string]int

func (o duplicateFinder) check(p catalog.ProductImport, place int) error {
	if first, ok := o["sku "+p.SKU]; ok {
		return store.NewInputError("sku", "The SKU %q is in row %d, too: send each once.", p.SKU, first)
	}
	for _, code := range p.Codes {
		if first, ok := o["code "+code.Key]; ok {
			return store.NewInputError("barcodes", "The barcode %s is in row %d, too.", code.Printed, first)
		}
	}
	o["sku "+p.SKU] = place
	for _, code := range p.Codes {
		o["code "+code.Key] = place
	}
	return nil
}

// priceCounts is what became of prices.
type priceCounts struct {
	Updated, Unchanged int32
	Rejected           []store.RejectedRow
}

// setPrices sets the prices that can be.
func (r *Resolver) setPrices(ctx context.Context, in graph.SetPricesInput) (*graph.SetPricesPayload, error) {
	prices, rejected, err := r.parsePrices(ctx, in.Prices)
	ids := make([]uuid.UUID, len(prices))
	for i, price := range prices {
		ids[i] = price.StoreID
	}
	c := store.Command{Name: "setPrices", IdempotencyKey: in.IdempotencyKey, Input: in, Locks: store.StoreLocks(ids...)}
	done, userErrs, err := runMutation(ctx, r, c, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (priceCounts, error) {
			changed, err := r.Modules.Catalog.SetPrices(ctx, tx, scope, prices)
			done := priceCounts{Rejected: rejected}
			for _, is := range changed {
				if is {
					done.Updated++
				} else {
					done.Unchanged++
				}
			}
			return done, err
		})
	if err != nil {
		return nil, err
	}
	return &graph.SetPricesPayload{
		Updated: done.Updated, Unchanged: done.Unchanged, Rejected: sortByIndex(done.Rejected), UserErrors: userErrs,
	}, nil
}

// parsePrices reads the prices of an input, and says which of them cannot be.
func (r *Resolver) parsePrices(
	ctx context.Context, rows []graph.NewPrice,
) (prices []catalog.NewPrice, rejected []store.RejectedRow, err error) {
	if err := checkRowCount("prices", len(rows)); err != nil {
		return nil, nil, err
	}
	codes, skus := make([]string, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		codes[i], skus[i] = row.StoreCode, row.Sku
	}
	known, err := r.findReferences(ctx, codes, skus)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]int{}
	for i, row := range rows {
		price, err := parsePrice(known, row)
		at := price.StoreID.String() + price.ProductID.String() + strconv.FormatInt(price.ValidFrom.UnixMicro(), 10)
		if first, twice := seen[at]; err == nil && twice {
			err = store.NewInputError("sku", "Row %d sets the price of %q in the store %s from the same instant on, too.", first, row.Sku, row.StoreCode)
		}
		if err == nil {
			seen[at] = i
			prices = append(prices, price)
			continue
		}
		reject, internalErr := newRejectedRow(i, err)
		if internalErr != nil {
			return nil, nil, internalErr
		}
		rejected = append(rejected, reject)
	}
	return prices, rejected, nil
}

// parsePrice reads one of them. Without an instant it is valid from when the command has its locks: of two such prices the
// one that is told last is in force.
func parsePrice(known references, row graph.NewPrice) (p catalog.NewPrice, err error) {
	at, err := known.store("storeCode", row.StoreCode)
	if err != nil {
		return p, err
	}
	if p.ProductID, err = known.product(row.Sku); err != nil {
		return p, err
	}
	p.StoreID = at.ID
	if row.ValidFrom != nil {
		p.ValidFrom = *row.ValidFrom
		if year := p.ValidFrom.UTC().Year(); year < 2000 || year > 2100 {
			return p, store.NewInputError("validFrom", "%s cannot be right: give an instant between 2000 and 2100.",
				p.ValidFrom.UTC().Format(time.RFC3339))
		}
	}
	p.Amount, p.Currency = row.Price.Amount, row.Price.Currency
	if why := catalog.ValidatePrice(p.Amount, p.Currency); why != nil {
		return p, why
	}
	return p, nil
}
