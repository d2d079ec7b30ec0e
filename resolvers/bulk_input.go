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

// maxRows is the maximum number of rows of a bulk input.
const maxRows = 1000

// checkRowCount checks that a bulk input has 1 to maxRows rows.
func checkRowCount(field string, n int) error {
	switch {
	case n == 0:
		return store.NewUserError(store.CodeRequired, field, "The list %s is empty. Send 1 to %d rows.", field, maxRows)
	case n > maxRows:
		return store.NewUserError(store.CodeTooMany, field, "The list %s has %d rows. Send at most %d at a time.", field, n, maxRows)
	default:
		return nil
	}
}

// references are the stores and products that the rows of a bulk input refer to.
type references struct {
	stores   map[string]*stores.Snapshot // by code
	products map[string]uuid.UUID        // by SKU
}

// findReferences finds the stores and products in the viewer's scope, with one statement each.
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

// findStores returns the stores with the codes that are in the scope, by code.
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

// uniqueTexts returns the distinct texts, without those that PostgreSQL cannot store.
func uniqueTexts(list []string) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !store.IsValidText(s) })
	slices.Sort(list)
	return slices.Compact(list)
}

// store returns the store with a code, or a NOT_FOUND error.
func (r references) store(field, code string) (*stores.Snapshot, error) {
	at := r.stores[code]
	if at == nil {
		return nil, store.NewUserError(store.CodeNotFound, field, "There is no store with the code %s.", store.Quote(code))
	}
	return at, nil
}

// product returns the product with a SKU, or a NOT_FOUND error.
func (r references) product(sku string) (uuid.UUID, error) {
	id, ok := r.products[sku]
	if !ok {
		return uuid.Nil, store.NewUserError(store.CodeNotFound, "sku", "There is no product with the SKU %s.", store.Quote(sku))
	}
	return id, nil
}

// parseOccurredAt checks the time of something that another system reports. Nil means now. Up to one day in the future is accepted,
// because clocks differ.
func parseOccurredAt(field string, at *time.Time, now time.Time) (time.Time, error) {
	switch {
	case at == nil:
		return now, nil
	case at.After(now.AddDate(0, 0, 1)), at.UTC().Year() < 2000:
		return now, store.NewInputError(field,
			"%s is out of range. Send a time between the year 2000 and tomorrow.", at.UTC().Format(time.RFC3339))
	default:
		return *at, nil
	}
}

// storeLocks returns the locks of the stores of the rows.
func storeLocks[T any](rows []T, storeID func(T) uuid.UUID) []store.Lock {
	ids := make([]uuid.UUID, len(rows))
	for i, row := range rows {
		ids[i] = storeID(row)
	}
	return store.StoreLocks(ids...)
}

// parseRows parses the rows of a bulk input. Indexes are those of the valid rows. An error of parse that is not a UserError ends it.
func parseRows[R, T any](
	rows []R, parse func(index int, row R) (T, error),
) (parsed []T, indexes []int, rejected []store.RejectedRow, err error) {
	for i, row := range rows {
		value, err := parse(i, row)
		if err == nil {
			parsed, indexes = append(parsed, value), append(indexes, i)
			continue
		}
		reject, internalErr := newRejectedRow(i, err)
		if internalErr != nil {
			return nil, nil, nil, internalErr
		}
		rejected = append(rejected, reject)
	}
	return parsed, indexes, rejected, nil
}

// newRejectedRow returns the rejected row of a user error. It returns any other error as an error.
func newRejectedRow(index int, err error) (store.RejectedRow, error) {
	userErrs, internalErr := asUserErrors(err)
	if internalErr != nil {
		return store.RejectedRow{}, internalErr
	}
	return store.NewRejectedRow(index, &userErrs[0]), nil
}

// sortByIndex sorts rejected rows in input order. It returns an empty list for nil.
func sortByIndex(rejected []store.RejectedRow) []store.RejectedRow {
	slices.SortFunc(rejected, func(a, b store.RejectedRow) int { return int(a.Index - b.Index) })
	if rejected == nil {
		return []store.RejectedRow{}
	}
	return rejected
}
