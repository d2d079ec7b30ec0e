package resolvers

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
	"aisle/store/catalog"
)

// priceCounts counts the results of setting prices.
type priceCounts struct {
	Updated, Unchanged int32
	Rejected           []store.RejectedRow
}

// setPrices sets the valid prices of the input.
func (r *Resolver) setPrices(ctx context.Context, in graph.SetPricesInput) (*graph.SetPricesPayload, error) {
	prices, _, rejected, err := r.parsePrices(ctx, in.Prices, parsePrice)
	c := store.Command{Locks: storeLocks(prices, func(p catalog.PriceImport) uuid.UUID { return p.StoreID })}
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

// withdrawCounts counts the results of withdrawing prices.
type withdrawCounts struct {
	Withdrawn int32
	Rejected  []store.RejectedRow
}

// withdrawPrices withdraws the valid prices of the input.
func (r *Resolver) withdrawPrices(ctx context.Context, in graph.WithdrawPricesInput) (*graph.WithdrawPricesPayload, error) {
	rows := make([]graph.PriceInput, len(in.Prices))
	for i, row := range in.Prices {
		rows[i] = graph.PriceInput{StoreCode: row.StoreCode, Sku: row.Sku, ValidFrom: &row.ValidFrom}
	}
	prices, indexes, rejected, err := r.parsePrices(ctx, rows, parsePriceStart)
	c := store.Command{Locks: storeLocks(prices, func(p catalog.PriceImport) uuid.UUID { return p.StoreID })}
	done, userErrs, err := runMutation(ctx, r, c, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (withdrawCounts, error) {
			rejections, err := r.Modules.Catalog.WithdrawPrices(ctx, tx, scope, prices)
			done := withdrawCounts{Rejected: rejected}
			for i, why := range rejections {
				if why == nil {
					done.Withdrawn++
				} else {
					done.Rejected = append(done.Rejected, store.NewRejectedRow(indexes[i], why))
				}
			}
			return done, err
		})
	if err != nil {
		return nil, err
	}
	return &graph.WithdrawPricesPayload{
		WithdrawnCount: done.Withdrawn, Rejected: sortByIndex(done.Rejected), UserErrors: userErrs,
	}, nil
}

// parsePrices parses the prices of an input. Indexes are those of the valid rows.
func (r *Resolver) parsePrices(
	ctx context.Context, rows []graph.PriceInput, parse func(references, graph.PriceInput) (catalog.PriceImport, error),
) (prices []catalog.PriceImport, indexes []int, rejected []store.RejectedRow, err error) {
	if err := checkRowCount("prices", len(rows)); err != nil {
		return nil, nil, nil, err
	}
	codes, skus := make([]string, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		codes[i], skus[i] = row.StoreCode, row.Sku
	}
	known, err := r.findReferences(ctx, codes, skus)
	if err != nil {
		return nil, nil, nil, err
	}
	seen := map[string]int{}
	return parseRows(rows, func(i int, row graph.PriceInput) (catalog.PriceImport, error) {
		price, err := parse(known, row)
		if err != nil {
			return price, err
		}
		at := price.StoreID.String() + price.ProductID.String() + strconv.FormatInt(price.ValidFrom.UnixMicro(), 10)
		if first, twice := seen[at]; twice {
			return price, store.NewInputError("sku", "Row %d has the price of %s in the store %s from the same time.",
				first, store.Quote(row.Sku), store.Quote(row.StoreCode))
		}
		seen[at] = i
		return price, nil
	})
}

// parsePriceStart parses where and from when a price applies, in milliseconds: clients read no more digits.
func parsePriceStart(known references, row graph.PriceInput) (p catalog.PriceImport, err error) {
	at, err := known.store("storeCode", row.StoreCode)
	if err != nil {
		return p, err
	}
	if p.ProductID, err = known.product(row.Sku); err != nil {
		return p, err
	}
	p.StoreID = at.ID
	if row.ValidFrom != nil {
		p.ValidFrom = row.ValidFrom.Truncate(time.Millisecond)
		if year := p.ValidFrom.UTC().Year(); year < 2000 || year > 2100 {
			return p, store.NewInputError("validFrom", "%s is out of range. Send a time between the years 2000 and 2100.",
				p.ValidFrom.UTC().Format(time.RFC3339))
		}
	}
	return p, nil
}

// parsePrice parses one price. Without a start it applies from the time at which the command holds its locks, so that of two such
// prices the later command wins.
func parsePrice(known references, row graph.PriceInput) (p catalog.PriceImport, err error) {
	if p, err = parsePriceStart(known, row); err != nil {
		return p, err
	}
	p.Amount, p.Currency = row.Price.Amount, row.Price.Currency
	if why := catalog.ValidatePrice(p.Amount, p.Currency); why != nil {
		return p, why
	}
	return p, nil
}
