package demo

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"aisle/store/catalog"
	"aisle/store/inventory"
	"aisle/store/stores"
)

// What a store has: so many products, of which so many are of those that nearly all stores have.
const (
	stocked       = 300
	stockedCommon = 240
)

// assortment chooses what the store has, and makes its prices, stock and lots.
func (p *plan) assortment(r random, c calendar, s *storeRows) []good {
	all := p.products
	chosen := sample(r, all.common, stockedCommon)
	chosen = append(chosen, sample(r, all.others, stocked-len(chosen))...)
	slices.Sort(chosen)
	goods := make([]good, len(chosen))
	for i, index := range chosen {
		goods[i] = all.goods[index]
		p.price(r, c, s, goods[i])
		p.stock(r, c, s, goods[i])
	}
	return goods
}

// sample is so many of the list, or all when it has fewer.
func sample(r random, list []int, count int) []int {
	left := slices.Clone(list)
	count = min(count, len(left))
	for i := range count {
		j := i + r.IntN(len(left)-i)
		left[i], left[j] = left[j], left[i]
	}
	return left[:count]
}

// price makes the price in force, and for a few products the one of next week.
func (p *plan) price(r random, c calendar, s *storeRows, g good) {
	add := func(cents int, from, created time.Time) {
		s.Prices = append(s.Prices, catalog.CopyPricesParams{
			StoreID: s.Store.ID, ProductID: g.id, ValidFrom: from, Amount: decimal.New(int64(cents), -2),
			Currency: "USD", CreatedAt: created,
		})
	}
	cents := g.cents
	if dear := markup(s.Store.Format); dear != 100 || r.chance(0.1) {
		cents = charm(r, cents*(dear+r.between(-4, 4))/100)
	}
	weeks := r.between(1, 26)
	inForce := c.at(-int(c.date(0).Weekday()+6)%7-7*weeks, 0)
	add(cents, inForce, inForce.Add(-r.duration(day, 5*day)))
	if r.chance(0.08) {
		monday := c.nextMonday()
		add(charm(r, cents*r.between(80, 115)/100), monday, p.options.Now.Add(-r.duration(time.Hour, 3*day)))
	}
}

// markup is what a format asks, in percent of what most stores ask.
func markup(f stores.Format) int {
	switch f {
	case stores.FormatConvenience:
		return 109
	case stores.FormatDiscount:
		return 92
	default:
		return 100
	}
}

// stock makes what the store has of a product. Dear products have few facings.
func (p *plan) stock(r random, c calendar, s *storeRows, g good) {
	capacity := r.between(4, 10) * 6
	if g.cents > 1000 {
		capacity = r.between(4, 18)
	}
	reorder := max(1, capacity/4)
	onHand := r.between(reorder+1, capacity*3/2)
	switch r.choose(5, 12, 83) {
	case 0:
		onHand = 0
	case 1:
		onHand = r.between(1, reorder)
	}
	if s.Store.Status == stores.StatusPlanned || s.Store.Status == stores.StatusClosed {
		onHand = 0
	}
	s.Stocks = append(s.Stocks, inventory.CopyStocksParams{
		ID: r.id(s.Store.CreatedAt), StoreID: s.Store.ID, ProductID: g.id,
		OnHand: units(onHand), ShelfCapacity: units(capacity), ReorderPoint: units(reorder),
		CreatedAt: s.Store.CreatedAt, UpdatedAt: p.options.Now.Add(-r.duration(time.Minute, 3*day)),
	})
	if g.keeps > 0 && onHand > 0 {
		p.lots(r, c, s, g, onHand)
	}
}

// lots makes the lots of what the store has: they came in on different days, and the oldest may expire today.
func (p *plan) lots(r random, c calendar, s *storeRows, g good, onHand int) {
	count := min(onHand, r.between(1, 3))
	ages := make([]int, count)
	for i := range ages {
		ages[i] = r.between(1, g.keeps)
	}
	slices.Sort(ages)
	ages = slices.Compact(ages)
	for i, age := range ages {
		quantity := onHand / len(ages)
		if i == 0 { // the newest is the fullest
			quantity += onHand % len(ages)
		}
		received := c.at(-age, 5).Add(r.duration(0, 5*time.Hour))
		s.Lots = append(s.Lots, inventory.CopyLotsParams{
			ID: r.id(received), StoreID: s.Store.ID, ProductID: g.id, ExpiresOn: c.date(g.keeps - age),
			Quantity: units(quantity), ReceivedAt: received,
		})
	}
}

// units are a quantity as rows have it.
func units(n int) int32 { return int32(n) } //nolint:gosec // a shelf holds tens
