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

// Limits of a product. Lengths are in characters.
const (
	maxSKULen     = 64
	maxNameLen    = 200
	maxBrandLen   = 100
	maxBarcodeLen = 64
	maxBarcodes   = 100
)

// upsertCounts counts the results of an upsert.
type upsertCounts struct {
	Created, Updated, Unchanged int32
	Rejected                    []store.RejectedRow
}

// upsertProducts upserts the valid products of the input.
func (r *Resolver) upsertProducts(ctx context.Context, in graph.UpsertProductsInput) (*graph.UpsertProductsPayload, error) {
	products, indexes, rejected, err := parseProducts(in.Products)
	c := store.Command{Locks: []store.Lock{store.ModuleLock("catalog")}}
	done, userErrs, err := runMutation(ctx, r, c, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (upsertCounts, error) {
			results, err := r.Modules.Catalog.Upsert(ctx, tx, scope, products)
			done := upsertCounts{Rejected: rejected}
			for i, result := range results {
				done.add(result, indexes[i])
			}
			return done, err
		})
	if err != nil {
		return nil, err
	}
	return &graph.UpsertProductsPayload{
		CreatedCount: done.Created, UpdatedCount: done.Updated, UnchangedCount: done.Unchanged,
		Rejected: sortByIndex(done.Rejected), UserErrors: userErrs,
	}, nil
}

// add counts the result of the product at an index of the input.
func (u *upsertCounts) add(result catalog.UpsertOutcome, index int) {
	switch result.Change {
	case store.UpsertCreated:
		u.Created++
	case store.UpsertUpdated:
		u.Updated++
	case store.UpsertUnchanged:
		u.Unchanged++
	case store.UpsertRejected:
		u.Rejected = append(u.Rejected, store.NewRejectedRow(index, result.Err))
	}
}

// parseProducts parses the products of an input. Indexes are those of the valid products.
func parseProducts(rows []graph.ProductInput) (products []catalog.ProductImport, indexes []int, rejected []store.RejectedRow, err error) {
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
			products, indexes = append(products, product), append(indexes, i)
			continue
		}
		reject, internalErr := newRejectedRow(i, err)
		if internalErr != nil {
			return nil, nil, nil, internalErr
		}
		rejected = append(rejected, reject)
	}
	return products, indexes, rejected, nil
}

func parseProduct(row graph.ProductInput) (p catalog.ProductImport, err error) {
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
		return p, store.NewInputError("barcodes", "There are %d barcodes. At most %d are allowed.", len(row.Barcodes), maxBarcodes)
	}
	keys := map[string]bool{}
	for _, printed := range row.Barcodes {
		code, err := parseBarcode(printed)
		if err != nil {
			return p, err
		}
		if !keys[code.Key] { // the same code may be printed in two forms
			keys[code.Key] = true
			p.Codes = append(p.Codes, code)
		}
	}
	return p, nil
}

// parseBarcode parses a GTIN or, with a leading colon, an internal code.
func parseBarcode(printed string) (catalog.BarcodeImport, error) {
	printed, err := store.CleanText("barcodes", printed, maxBarcodeLen)
	if err != nil {
		return catalog.BarcodeImport{}, err
	}
	if own, ok := strings.CutPrefix(printed, ":"); ok {
		if own == "" {
			return catalog.BarcodeImport{}, store.NewInputError("barcodes", "There is no code after the colon.")
		}
		return catalog.BarcodeImport{Key: catalog.InternalKey(own), Printed: own}, nil
	}
	key, err := catalog.GTINKey(printed)
	if err != nil {
		return catalog.BarcodeImport{}, store.NewInputError("barcodes",
			"The barcode %s is invalid: %v. If it is an internal code, put a colon before it.", store.Quote(printed), err)
	}
	return catalog.BarcodeImport{Key: key, Printed: printed}, nil
}

// duplicateFinder finds SKUs and barcodes that occur twice in an input. It maps them to the index of the first row.
type duplicateFinder map[string]int

func (o duplicateFinder) check(p catalog.ProductImport, index int) error {
	if first, ok := o["sku "+p.SKU]; ok {
		return store.NewInputError("sku", "The SKU %s is also in row %d. Send each SKU once.", store.Quote(p.SKU), first)
	}
	for _, code := range p.Codes {
		if first, ok := o["code "+code.Key]; ok {
			return store.NewInputError("barcodes", "The barcode %s is also in row %d. Send each barcode once.", store.Quote(code.Printed), first)
		}
	}
	o["sku "+p.SKU] = index
	for _, code := range p.Codes {
		o["code "+code.Key] = index
	}
	return nil
}

// priceCounts counts the results of setting prices.
type priceCounts struct {
	Updated, Unchanged int32
	Rejected           []store.RejectedRow
}

// setPrices sets the valid prices of the input.
func (r *Resolver) setPrices(ctx context.Context, in graph.SetPricesInput) (*graph.SetPricesPayload, error) {
	prices, rejected, err := r.parsePrices(ctx, in.Prices)
	ids := make([]uuid.UUID, len(prices))
	for i, price := range prices {
		ids[i] = price.StoreID
	}
	c := store.Command{Locks: store.StoreLocks(ids...)}
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
		UpdatedCount: done.Updated, UnchangedCount: done.Unchanged, Rejected: sortByIndex(done.Rejected), UserErrors: userErrs,
	}, nil
}

// parsePrices parses the prices of an input.
func (r *Resolver) parsePrices(
	ctx context.Context, rows []graph.PriceInput,
) (prices []catalog.PriceImport, rejected []store.RejectedRow, err error) {
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
			err = store.NewInputError("sku", "Row %d sets the price of %s in the store %s from the same time.",
				first, store.Quote(row.Sku), store.Quote(row.StoreCode))
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

// parsePrice parses one price. Without a start it applies from the time at which the command holds its locks, so that of two such
// prices the later command wins.
func parsePrice(known references, row graph.PriceInput) (p catalog.PriceImport, err error) {
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
			return p, store.NewInputError("validFrom", "%s is out of range. Send a time between the years 2000 and 2100.",
				p.ValidFrom.UTC().Format(time.RFC3339))
		}
	}
	p.Amount, p.Currency = row.Price.Amount, row.Price.Currency
	if why := catalog.ValidatePrice(p.Amount, p.Currency); why != nil {
		return p, why
	}
	return p, nil
}
