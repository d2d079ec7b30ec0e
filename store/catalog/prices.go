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

// PriceEventData is the data of a price's event.
type PriceEventData struct {
	Price       Price `json:"price"`
	IsWithdrawn bool  `json:"is_withdrawn,omitempty"` // the price will not apply
}

// A PriceImport is a price to set.
type PriceImport struct {
	PriceKey
	Money

	ValidFrom time.Time // zero for now
}

// ValidatePrice checks the amount and the currency of a price. It returns nil if they are valid.
func ValidatePrice(amount decimal.Decimal, code string) *store.UserError {
	maxAmount := decimal.New(999_999_999_999, -2) // numeric(12, 2), and two digits to spare
	switch {
	case amount.IsNegative():
		return store.NewInputError("price.amount", "The amount must not be negative; got %s.", store.Quote(amount.String()))
	case amount.GreaterThan(maxAmount):
		return store.NewInputError("price.amount", "The amount must be at most %s; got %s.", maxAmount, store.Quote(amount.String()))
	case !amount.Equal(amount.Round(2)):
		return store.NewInputError("price.amount", "The amount must have at most 2 decimals; got %s.", store.Quote(amount.String()))
	case !isCurrency(code):
		return store.NewInputError("price.currency", "The currency must be an ISO 4217 code of three capital letters, such as USD; got %s.",
			store.Quote(code))
	default:
		return nil
	}
}

func isCurrency(code string) bool {
	unit, err := currency.ParseISO(code)
	return err == nil && unit.String() == code // ParseISO also accepts small letters
}

// errStoreOutsideScope is a programming error: the caller checks the stores first.
var errStoreOutsideScope = errors.New("the scope does not include the price's store")

// SetPrices sets prices, which must differ in key or start. It returns which of them changed something: a price that starts now
// and is already in force does not, because other systems send all their prices every night. The command must hold the stores'
// locks.
func (s *Service) SetPrices(ctx context.Context, tx *store.Tx, scope auth.Scope, list []PriceImport) ([]bool, error) {
	params := upsertPricesParams{CreatedAt: tx.Now}
	service := NewService(tx)
	replaced, err := service.findReplacedPrices(ctx, scope, list)
	if err != nil {
		return nil, err
	}
	if err := service.addCurrentPrices(ctx, tx.Now, scope, list, replaced); err != nil {
		return nil, err
	}
	changed := make([]bool, len(list))
	for i, p := range list {
		if !scope.IncludesStore(p.StoreID) {
			return nil, errStoreOutsideScope
		}
		row := p.row(tx.Now)
		if old, ok := replaced[p.startKey()]; ok && old.Amount.Equal(row.Amount) && old.Currency == row.Currency {
			continue
		}
		if row.ValidFrom.IsZero() {
			row.ValidFrom = tx.Now
		}
		changed[i] = true
		params.add(row)
		tx.Emit(store.NewStoreEvent(store.EventPriceChanged, row.StoreID, row.ProductID, PriceEventData{Price: row}))
	}
	if err := New(tx).upsertPrices(ctx, params); err != nil {
		return nil, fmt.Errorf("set prices: %w", err)
	}
	return changed, nil
}

// WithdrawPrices deletes prices that have not started yet, which must differ in key or start. It returns for each why it was rejected;
// nil if it was withdrawn. The command must hold the stores' locks.
func (s *Service) WithdrawPrices(ctx context.Context, tx *store.Tx, scope auth.Scope, list []PriceImport) ([]*store.UserError, error) {
	service := NewService(tx)
	found, err := service.findReplacedPrices(ctx, scope, list)
	if err != nil {
		return nil, err
	}
	rejections := make([]*store.UserError, len(list))
	var params deletePricesParams
	for i, p := range list {
		row, ok := found[p.startKey()]
		switch at := p.ValidFrom.UTC().Format(time.RFC3339Nano); {
		case !ok:
			rejections[i] = store.NewUserError(store.CodeNotFound, "validFrom",
				"The store has no price of the product that starts at %s. Product.prices lists the prices.", at)
		case !row.ValidFrom.After(tx.Now):
			rejections[i] = store.NewUserError(store.CodeNotAllowed, "validFrom",
				"The price has applied since %s. Only a price that starts in the future can be withdrawn; set another price instead.", at)
		default:
			params.StoreIds, params.ProductIds = append(params.StoreIds, row.StoreID), append(params.ProductIds, row.ProductID)
			params.ValidFroms = append(params.ValidFroms, row.ValidFrom)
			tx.Emit(store.NewStoreEvent(store.EventPriceChanged, row.StoreID, row.ProductID, PriceEventData{row, true}))
		}
	}
	if err := service.q.deletePrices(ctx, params); err != nil {
		return nil, fmt.Errorf("withdraw prices: %w", err)
	}
	return rejections, nil
}

// row returns the price's row. ValidFrom is zero for a price that starts now.
func (p PriceImport) row(now time.Time) Price {
	return Price{
		StoreID: p.StoreID, ProductID: p.ProductID, ValidFrom: p.startKey().from,
		Amount: p.Amount, Currency: p.Currency, CreatedAt: now,
	}
}

// A priceStart identifies a price by when it starts.
type priceStart struct {
	PriceKey

	from time.Time // zero for the price that is in force now
}

func (p PriceImport) startKey() priceStart {
	return priceStart{p.PriceKey, p.ValidFrom.UTC().Truncate(time.Microsecond)}
}

// findReplacedPrices returns the prices that start when new ones do.
func (s *Service) findReplacedPrices(ctx context.Context, scope auth.Scope, list []PriceImport) (map[priceStart]Price, error) {
	params := listPricesStartingAtParams{ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()}
	for _, p := range list {
		params.StoreIds, params.ProductIds = append(params.StoreIds, p.StoreID), append(params.ProductIds, p.ProductID)
		params.ValidFroms = append(params.ValidFroms, p.ValidFrom.UTC().Truncate(time.Microsecond))
	}
	rows, err := s.q.listPricesStartingAt(ctx, params)
	found := make(map[priceStart]Price, len(rows))
	for _, r := range rows {
		found[priceStart{r.Key(), r.ValidFrom.UTC()}] = r
	}
	if err != nil {
		return nil, fmt.Errorf("replaced prices: %w", err)
	}
	return found, nil
}

// addCurrentPrices adds the prices that are in force where new ones start now. A price of the list that has started counts, too.
func (s *Service) addCurrentPrices(
	ctx context.Context, now time.Time, scope auth.Scope, list []PriceImport, found map[priceStart]Price,
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
		found[priceStart{PriceKey: r.Key()}] = r
	}
	for _, p := range list {
		current, row := priceStart{PriceKey: p.PriceKey}, p.row(now)
		if old, ok := found[current]; ok && !row.ValidFrom.Before(old.ValidFrom) && !row.ValidFrom.After(now) {
			found[current] = row
		}
	}
	return err
}

func (p *upsertPricesParams) add(row Price) {
	p.StoreIds, p.ProductIds = append(p.StoreIds, row.StoreID), append(p.ProductIds, row.ProductID)
	p.ValidFroms, p.Amounts = append(p.ValidFroms, row.ValidFrom), append(p.Amounts, row.Amount)
	p.Currencies = append(p.Currencies, row.Currency)
}

// WithoutEnded returns the prices of a list as ListCurrentAndFuturePrices returns it that have not ended at an instant.
func WithoutEnded(list []Price, at time.Time) []Price {
	left := make([]Price, 0, len(list))
	for i, p := range list {
		if i+1 < len(list) && list[i+1].Key() == p.Key() && !list[i+1].ValidFrom.After(at) {
			continue
		}
		left = append(left, p)
	}
	return left
}
