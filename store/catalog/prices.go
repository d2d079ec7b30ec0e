package catalog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shopspring/decimal"
	"golang.org/x/text/currency"

	"aisle/auth"
	"aisle/store"
)

// PriceEventData is what an event tells of a price.
type PriceEventData struct {
	Price Price `json:"price"`
}

// NewPrice is a price that a store is to have of a product.
type NewPrice struct {
	PriceKey
	Money

	ValidFrom time.Time // zero for now
}

// ValidatePrice says what is wrong with an amount that is to be a price; nil for nothing.
func ValidatePrice(amount decimal.Decimal, code string) *store.UserError {
	most := decimal.New(999_999_999_999, -2) // numeric(12, 2), and two digits to spare
	switch {
	case amount.IsNegative():
		return store.NewInputError("price", "The amount is %s, and a price is not below 0.", amount)
	case amount.GreaterThan(most):
		return store.NewInputError("price", "The amount is over %s.", most)
	case !amount.Equal(amount.Round(2)):
		return store.NewInputError("price", "The amount is %s, and has 2 decimals at most.", amount)
	case !isCurrency(code):
		return store.NewInputError("price", "%q is no currency: give its three capitals, as ISO 4217 has it: USD.", code)
	default:
		return nil
	}
}

func isCurrency(code string) bool {
	unit, err := currency.ParseISO(code)
	return err == nil && unit.String() == code // small letters parse, too
}

// errForeignPrice is a fault of the caller, who has looked the stores up.
var errForeignPrice = errors.New("a price of a store that the scope does not see")

// SetPrices sets prices, which differ in their keys or in when they begin, and says which of them changed something. One
// that begins now changes nothing when it is in force already: other systems send all their prices every night. The
// command has the stores' locks.
func (s *Service) SetPrices(ctx context.Context, tx *store.Tx, scope auth.Scope, list []NewPrice) ([]bool, error) {
	params := upsertPricesParams{CreatedAt: tx.Now}
	in := NewService(tx)
	before, err := in.pricesBefore(ctx, scope, list)
	if err != nil {
		return nil, err
	}
	if err := in.pricesNow(ctx, tx.Now, scope, list, before); err != nil {
		return nil, err
	}
	changed := make([]bool, len(list))
	for i, p := range list {
		if !scope.IncludesStore(p.StoreID) {
			return nil, errForeignPrice
		}
		row := p.row(tx.Now)
		if old, ok := before[p.begins()]; ok && old.Amount.Equal(row.Amount) && old.Currency == row.Currency {
			continue
		}
		if row.ValidFrom.IsZero() {
			row.ValidFrom = tx.Now
		}
		changed[i] = true
		params.add(row)
		tx.Emit(store.NewStoreEvent(store.EventPriceChanged, row.StoreID, row.ProductID, PriceEventData{row}))
	}
	if err := New(tx).upsertPrices(ctx, params); err != nil {
		return nil, fmt.Errorf("set prices: %w", err)
	}
	return changed, nil
}

// row is the price as the table has it, but for a beginning that is now.
func (p NewPrice) row(now time.Time) Price {
	return Price{
		StoreID: p.StoreID, ProductID: p.ProductID, ValidFrom: p.begins().from,
		Amount: p.Amount, Currency: p.Currency, CreatedAt: now,
	}
}

// beginning finds a price, whether it is in force or not.
type beginning struct {
	PriceKey

	from time.Time // zero for what is in force now
}

func (p NewPrice) begins() beginning {
	return beginning{p.PriceKey, p.ValidFrom.UTC().Truncate(time.Microsecond)}
}

// pricesBefore reads the prices that begin when new ones do.
func (s *Service) pricesBefore(ctx context.Context, scope auth.Scope, list []NewPrice) (map[beginning]Price, error) {
	params := listPricesStartingAtParams{ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()}
	for _, p := range list {
		params.StoreIds, params.ProductIds = append(params.StoreIds, p.StoreID), append(params.ProductIds, p.ProductID)
		params.ValidFroms = append(params.ValidFroms, p.ValidFrom.UTC().Truncate(time.Microsecond))
	}
	rows, err := s.q.listPricesStartingAt(ctx, params)
	found := make(map[beginning]Price, len(rows))
	for _, r := range rows {
		found[beginning{r.Key(), r.ValidFrom.UTC()}] = r
	}
	return found, store.Wrap("prices before", err)
}

// pricesNow adds the prices that are in force where new ones begin now. Those of the list that have begun count, too.
func (s *Service) pricesNow(
	ctx context.Context, now time.Time, scope auth.Scope, list []NewPrice, found map[beginning]Price,
) error {
	var keys []PriceKey
	for _, p := range list {
		if p.ValidFrom.IsZero() {
			keys = append(keys, p.PriceKey)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	rows, err := s.GetPrices(ctx, scope, keys, now)
	for _, r := range rows {
		found[beginning{PriceKey: r.Key()}] = r
	}
	for _, p := range list {
		inForce, row := beginning{PriceKey: p.PriceKey}, p.row(now)
		if old, ok := found[inForce]; ok && !row.ValidFrom.Before(old.ValidFrom) && !row.ValidFrom.After(now) {
			found[inForce] = row
		}
	}
	return err
}

func (p *upsertPricesParams) add(row Price) {
	p.StoreIds, p.ProductIds = append(p.StoreIds, row.StoreID), append(p.ProductIds, row.ProductID)
	p.ValidFroms, p.Amounts = append(p.ValidFroms, row.ValidFrom), append(p.Amounts, row.Amount)
	p.Currencies = append(p.Currencies, row.Currency)
}
