package resolvers

import (
	"context"
	"slices"
	"strings"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/inventory"
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
			results, err := r.Modules.Catalog.Upsert(ctx, tx, scope, products, inventory.FindStocked)
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
	return parseRows(rows, func(i int, row graph.ProductInput) (catalog.ProductImport, error) {
		product, err := parseProduct(row)
		if err == nil {
			err = seen.check(product, i)
		}
		return product, err
	})
}

func parseProduct(row graph.ProductInput) (p catalog.ProductImport, err error) {
	if p.SKU, err = store.CleanText("sku", row.Sku, maxSKULen); err != nil {
		return p, err
	}
	if p.Name, err = store.CleanText("name", row.Name, maxNameLen); err != nil {
		return p, err
	}
	if p.Brand, err = parseKeptText("brand", row.Brand, maxBrandLen); err != nil {
		return p, err
	}
	if p.CategoryCode, err = parseKeptText("categoryCode", row.CategoryCode, maxSKULen); err != nil {
		return p, err
	}
	unit, err := parseRequired("unit", row.Unit)
	if err != nil {
		return p, err
	}
	status, err := parseRequired("status", row.Status)
	if err != nil {
		return p, err
	}
	p.Unit, p.Status = store.Deref(unit), store.Deref(status)
	err = parseBarcodes(row, &p)
	return p, err
}

// parseBarcodes parses the barcodes that a product gains and loses.
func parseBarcodes(row graph.ProductInput, p *catalog.ProductImport) error {
	barcodes, isSet := row.Barcodes.ValueOK()
	p.RemoveCodes = isSet && barcodes == nil
	codes, err := parseBarcodeList("barcodes", barcodes)
	if err != nil {
		return err
	}
	p.Codes = codes
	removed, err := parseBarcodeList("removeBarcodes", row.RemoveBarcodes)
	for i, code := range removed {
		if slices.ContainsFunc(codes, func(added catalog.BarcodeImport) bool { return added.Key == code.Key }) {
			return store.NewInputError(indexed("removeBarcodes", i),
				"The barcode %s is also in barcodes. Either add it or remove it.", store.Quote(code.Printed))
		}
		p.RemovedKeys = append(p.RemovedKeys, code.Key)
	}
	return err
}

// parseBarcodeList parses a list of barcodes. The same code may occur more than once.
func parseBarcodeList(field string, list []string) (codes []catalog.BarcodeImport, err error) {
	if len(list) > maxBarcodes {
		return nil, store.NewUserError(store.CodeTooMany, field, "There are %d barcodes. At most %d are allowed.", len(list), maxBarcodes)
	}
	for i, printed := range list {
		code, err := parseBarcode(indexed(field, i), printed)
		if err != nil {
			return nil, err
		}
		codes = append(codes, code)
	}
	return codes, nil
}

// parseBarcode parses a GTIN or, with a leading colon, an internal code.
func parseBarcode(field, printed string) (catalog.BarcodeImport, error) {
	printed, err := store.CleanText(field, printed, maxBarcodeLen)
	if err != nil {
		return catalog.BarcodeImport{}, err
	}
	if own, ok := strings.CutPrefix(printed, ":"); ok {
		if own == "" {
			return catalog.BarcodeImport{}, store.NewUserError(store.CodeRequired, field, "There is no code after the colon.")
		}
		return catalog.BarcodeImport{Key: catalog.InternalKey(own), Printed: own}, nil
	}
	key, err := catalog.GTINKey(printed)
	if err != nil {
		return catalog.BarcodeImport{}, store.NewInputError(field,
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
	for i, code := range p.Codes {
		if first, ok := o["code "+code.Key]; ok {
			return store.NewUserError(store.CodeTaken, indexed("barcodes", i),
				"The barcode %s is also in row %d. Send each barcode once.", store.Quote(code.Printed), first)
		}
	}
	o["sku "+p.SKU] = index
	for _, code := range p.Codes {
		o["code "+code.Key] = index
	}
	return nil
}

// discontinueCounts counts the results of discontinuing products.
type discontinueCounts struct {
	Discontinued, Unchanged int32
	Rejected                []store.RejectedRow
}

// discontinueProducts ends the products with the SKUs of the input.
func (r *Resolver) discontinueProducts(
	ctx context.Context, in graph.DiscontinueProductsInput,
) (*graph.DiscontinueProductsPayload, error) {
	skus, indexes, rejected, err := parseSKUs(in.Skus)
	c := store.Command{Locks: []store.Lock{store.ModuleLock("catalog")}}
	done, userErrs, err := runMutation(ctx, r, c, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (discontinueCounts, error) {
			outcomes, err := r.Modules.Catalog.Discontinue(ctx, tx, scope, skus)
			done := discontinueCounts{Rejected: rejected}
			for i, o := range outcomes {
				switch {
				case o.Err != nil:
					done.Rejected = append(done.Rejected, store.NewRejectedRow(indexes[i], o.Err))
				case o.HasChanged:
					done.Discontinued++
				default:
					done.Unchanged++
				}
			}
			return done, err
		})
	if err != nil {
		return nil, err
	}
	return &graph.DiscontinueProductsPayload{
		DiscontinuedCount: done.Discontinued, UnchangedCount: done.Unchanged, Rejected: sortByIndex(done.Rejected), UserErrors: userErrs,
	}, nil
}

// parseSKUs parses a list of SKUs. Indexes are those of the valid ones.
func parseSKUs(list []string) (skus []string, indexes []int, rejected []store.RejectedRow, err error) {
	if err := checkRowCount("skus", len(list)); err != nil {
		return nil, nil, nil, err
	}
	seen := map[string]int{}
	return parseRows(list, func(i int, text string) (string, error) {
		sku, err := store.CleanText("", text, maxSKULen)
		if err != nil {
			return "", withField(err) // the row has no fields
		}
		if first, twice := seen[sku]; twice {
			return "", withField(store.NewInputError("", "The SKU %s is also in row %d. Send each SKU once.", store.Quote(sku), first))
		}
		seen[sku] = i
		return sku, nil
	})
}
