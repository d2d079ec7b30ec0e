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
	longestSKU     = 64
	longestName    = 200
	longestBrand   = 100
	longestBarcode = 64
	mostBarcodes   = 100
)

// upserted is what became of products.
type upserted struct {
	Created, Updated, Unchanged int32
	Rejected                    []store.RejectedRow
}

// upsertProducts brings in the products that can be.
func (r *Resolver) upsertProducts(ctx context.Context, in graph.UpsertProductsInput) (*graph.UpsertProductsPayload, error) {
	products, places, rejected, err := incoming(in.Products)
	c := store.Command{
		Name: "upsertProducts", IdempotencyKey: in.IdempotencyKey, Input: in, Locks: []store.Lock{store.ModuleLock("catalog")},
	}
	done, broken, err := runMutation(ctx, r, c, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (upserted, error) {
			results, err := r.Modules.Catalog.Upsert(ctx, tx, scope, products)
			done := upserted{Rejected: rejected}
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
		Rejected: inOrder(done.Rejected), UserErrors: broken,
	}, nil
}

// add counts what became of one product.
func (u *upserted) add(result catalog.UpsertOutcome, place int) {
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

// incoming reads the products of an input, and says which of them cannot be; places are those of the good ones.
func incoming(rows []graph.NewProduct) (products []catalog.ProductImport, places []int, rejected []store.RejectedRow, err error) {
	if err := tooMany("products", len(rows)); err != nil {
		return nil, nil, nil, err
	}
	seen := once{}
	for i, row := range rows {
		product, err := incomingProduct(row)
		if err == nil {
			err = seen.check(product, i)
		}
		if err == nil {
			products, places = append(products, product), append(places, i)
			continue
		}
		reject, fault := rejectedRow(i, err)
		if fault != nil {
			return nil, nil, nil, fault
		}
		rejected = append(rejected, reject)
	}
	return products, places, rejected, nil
}

func incomingProduct(row graph.NewProduct) (p catalog.ProductImport, err error) {
	if p.SKU, err = store.CleanText("sku", row.Sku, longestSKU); err != nil {
		return p, err
	}
	if p.Name, err = store.CleanText("name", row.Name, longestName); err != nil {
		return p, err
	}
	if p.Brand, err = cleaned("brand", row.Brand, longestBrand); err != nil {
		return p, err
	}
	if p.CategoryCode, err = cleaned("categoryCode", row.CategoryCode, longestSKU); err != nil {
		return p, err
	}
	if len(row.Barcodes) > mostBarcodes {
		return p, store.NewInputError("barcodes", "There are %d barcodes, and may be %d at most.", len(row.Barcodes), mostBarcodes)
	}
	keys := map[string]bool{}
	for _, printed := range row.Barcodes {
		code, err := barcode(printed)
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

// cleaned is an optional text of which null means something else than an empty one.
func cleaned(field string, text *string, longest int) (*string, error) {
	if text == nil {
		return nil, nil
	}
	clean, err := store.CleanOptionalText(field, *text, longest)
	return &clean, err
}

// barcode reads a code: a GTIN, or, with a colon before it, one of the chain's own.
func barcode(printed string) (catalog.BarcodeImport, error) {
	printed, err := store.CleanText("barcodes", printed, longestBarcode)
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

// once finds what may be only once in an input: its place by the SKU, or by the barcode's key.
type once map[string]int

func (o once) check(p catalog.ProductImport, place int) error {
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

// priced is what became of prices.
type priced struct {
	Updated, Unchanged int32
	Rejected           []store.RejectedRow
}

// setPrices sets the prices that can be.
func (r *Resolver) setPrices(ctx context.Context, in graph.SetPricesInput) (*graph.SetPricesPayload, error) {
	prices, rejected, err := r.newPrices(ctx, in.Prices)
	ids := make([]uuid.UUID, len(prices))
	for i, price := range prices {
		ids[i] = price.StoreID
	}
	c := store.Command{Name: "setPrices", IdempotencyKey: in.IdempotencyKey, Input: in, Locks: store.StoreLocks(ids...)}
	done, broken, err := runMutation(ctx, r, c, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (priced, error) {
			changed, err := r.Modules.Catalog.SetPrices(ctx, tx, scope, prices)
			done := priced{Rejected: rejected}
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
		Updated: done.Updated, Unchanged: done.Unchanged, Rejected: inOrder(done.Rejected), UserErrors: broken,
	}, nil
}

// newPrices reads the prices of an input, and says which of them cannot be.
func (r *Resolver) newPrices(
	ctx context.Context, rows []graph.NewPrice,
) (prices []catalog.NewPrice, rejected []store.RejectedRow, err error) {
	if err := tooMany("prices", len(rows)); err != nil {
		return nil, nil, err
	}
	codes, skus := make([]string, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		codes[i], skus[i] = row.StoreCode, row.Sku
	}
	known, err := r.lookUp(ctx, codes, skus)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]int{}
	for i, row := range rows {
		price, err := newPrice(known, row)
		at := price.StoreID.String() + price.ProductID.String() + strconv.FormatInt(price.ValidFrom.UnixMicro(), 10)
		if first, twice := seen[at]; err == nil && twice {
			err = store.NewInputError("sku", "Row %d sets the price of %q in the store %s from the same instant on, too.", first, row.Sku, row.StoreCode)
		}
		if err == nil {
			seen[at] = i
			prices = append(prices, price)
			continue
		}
		reject, fault := rejectedRow(i, err)
		if fault != nil {
			return nil, nil, fault
		}
		rejected = append(rejected, reject)
	}
	return prices, rejected, nil
}

// newPrice reads one of them. Without an instant it is valid from when the command has its locks: of two such prices the
// one that is told last is in force.
func newPrice(known named, row graph.NewPrice) (p catalog.NewPrice, err error) {
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
