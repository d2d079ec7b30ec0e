package resolvers

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/stores"
)

// maxRows is how many rows a bulk input has at most.
const maxRows = 1000

// checkRowCount refuses an input that has more rows, or none.
func checkRowCount(field string, n int) error {
	switch {
	case n == 0:
		return store.NewInputError(field, "There are no rows: send 1 to %d.", maxRows)
	case n > maxRows:
		return store.NewInputError(field, "There are %d rows, and may be %d at most: send them in parts.", n, maxRows)
	default:
		return nil
	}
}

// references are the stores and products that the rows of a bulk input name.
type references struct {
	stores   map[string]*stores.Snapshot // by code
	products map[string]uuid.UUID        // by SKU
}

// findReferences finds them, with one statement a kind.
func (r *Resolver) findReferences(ctx context.Context, codes, skus []string) (references, error) {
	scope := loaders.FromContext(ctx).Scope
	found, err := r.findStores(ctx, scope, uniqueTexts(codes))
	if err != nil {
		return references{}, err
	}
	skus = uniqueTexts(skus)
	if len(skus) == 0 {
		return references{stores: found}, nil
	}
	products, err := r.Modules.Catalog.FindProductsBySKU(ctx, scope, skus)
	return references{found, products}, err
}

// findStores finds the stores with the codes that are in the scope, by code.
func (r *Resolver) findStores(ctx context.Context, scope auth.Scope, codes []string) (map[string]*stores.Snapshot, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	rows, err := r.Modules.Stores.GetStoresByCode(ctx, scope, codes)
	if err != nil {
		return nil, err
	}
	found := make(map[string]*stores.Snapshot, len(rows))
	for i := range rows {
		found[rows[i].Code] = &rows[i]
	}
	return found, nil
}

// uniqueTexts are the different texts that the database can have.
func uniqueTexts(list []string) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !store.IsValidText(s) })
	slices.Sort(list)
	return slices.Compact(list)
}

// store finds the store that a row names.
func (n references) store(field, code string) (*stores.Snapshot, error) {
	at := n.stores[code]
	if at == nil {
		return nil, store.NewUserError(store.CodeNotFound, field, "There is no store with the code %q.", code)
	}
	return at, nil
}

// product finds the product that a row names.
func (n references) product(sku string) (uuid.UUID, error) {
	id, ok := n.products[sku]
	if !ok {
		return uuid.Nil, store.NewUserError(store.CodeNotFound, "sku", "There is no product with the SKU %q.", sku)
	}
	return id, nil
}

// parseOccurredAt is when something happened that another system tells of: now, when it does not say, and at most a day
// ahead, because clocks differ.
func parseOccurredAt(field string, at *time.Time, now time.Time) (time.Time, error) {
	switch {
	case at == nil:
		return now, nil
	case at.After(now.AddDate(0, 0, 1)), at.UTC().Year() < 2000:
		return now, store.NewInputError(field, "%s cannot be right: give an instant between the year 2000 and tomorrow.", at.UTC().Format(time.RFC3339))
	default:
		return *at, nil
	}
}

// parseNullableText reads a text that may be null; one that is empty is null, too.
func parseNullableText(field string, text *string, maxLen int) (*string, error) {
	cleaned, err := store.CleanOptionalText(field, deref(text), maxLen)
	if err != nil || cleaned == "" {
		return nil, err
	}
	return &cleaned, nil
}

// newRejectedRow makes a row that breaks a rule a rejected one; any other error is a fault.
func newRejectedRow(index int, err error) (store.RejectedRow, error) {
	userErrs, internalErr := asUserErrors(err)
	if internalErr != nil {
		return store.RejectedRow{}, internalErr
	}
	return store.NewRejectedRow(index, &userErrs[0]), nil
}

// sortByIndex puts what was rejected in the order of the input.
func sortByIndex(rejected []store.RejectedRow) []store.RejectedRow {
	slices.SortFunc(rejected, func(a, b store.RejectedRow) int { return int(a.Index - b.Index) })
	if rejected == nil {
		return []store.RejectedRow{}
	}
	return rejected
}
