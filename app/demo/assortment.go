package demo

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"aisle/store/catalog"
	"aisle/store/inventory"
	"aisle/store/stores"
)

// addAssortment selects the products of the store and adds their prices, stock and lots.
func (p *plan) addAssortment(r random, c calendar, s *storeRows) []product {
	all := p.products
	chosen := sample(r, all.common, commonPerStore)
	chosen = append(chosen, sample(r, all.others, productsPerStore-len(chosen))...)
	slices.Sort(chosen)
	goods := make([]product, len(chosen))
	for i, index := range chosen {
		goods[i] = all.products[index]
		p.addPrice(r, c, s, goods[i])
		p.addStock(r, c, s, goods[i])
	}
	return goods
}

// sample returns count random elements of the list, or all if there are fewer.
func sample(r random, list []int, count int) []int {
	left := slices.Clone(list)
	count = min(count, len(left))
	for i := range count {
		j := i + r.IntN(len(left)-i)
		left[i], left[j] = left[j], left[i]
	}
	return left[:count]
}

// addPrice adds the current price and, for a few products, the price of next week.
func (p *plan) addPrice(r random, c calendar, s *storeRows, g product) {
	add := func(cents int, from, created time.Time) {
		s.Prices = append(s.Prices, catalog.CopyPricesParams{
			StoreID: s.Store.ID, ProductID: g.id, ValidFrom: from, Amount: decimal.New(int64(cents), -2),
			Currency: "USD", CreatedAt: created,
		})
	}
	cents := g.cents
	if level := priceLevel(s.Store.Format); level != 100 || r.chance(0.1) {
		cents = charmPrice(r, cents*(level+r.between(-4, 4))/100)
	}
	weeks := r.between(1, 26)
	inForce := c.at(-int(c.date(0).Weekday()+6)%7-7*weeks, 0)
	add(cents, inForce, inForce.Add(-r.duration(day, 5*day)))
	if r.chance(0.08) {
		monday := c.nextMonday()
		add(charmPrice(r, cents*r.between(80, 115)/100), monday, p.options.Now.Add(-r.duration(time.Hour, 3*day)))
	}
}

// priceLevel returns the price level of a format, in percent of that of most stores.
func priceLevel(f stores.Format) int {
	switch f {
	case stores.FormatConvenience:
		return 109
	case stores.FormatDiscount:
		return 92
	default:
		return 100
	}
}

// addStock adds the stock of a product. Expensive products have little shelf space.
func (p *plan) addStock(r random, c calendar, s *storeRows, g product) {
	capacity := r.between(4, 10) * 6
	if g.cents > 1000 {
		capacity = r.between(4, 18)
	}
	reorder := max(1, capacity/4)
	onHand := r.between(reorder+1, capacity*3/2)
	switch r.pickWeighted(5, 12, 83) {
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
		OnHand: g.quantity(onHand), ShelfCapacity: g.quantity(capacity), ReorderPoint: g.quantity(reorder),
		CreatedAt: s.Store.CreatedAt, UpdatedAt: p.options.Now.Add(-r.duration(time.Minute, 3*day)),
	})
	if g.shelfLifeDays > 0 && onHand > 0 {
		p.addLots(r, c, s, g, onHand)
	}
}

// addLots adds the lots of a stock of so many pieces. They were received on different days; the oldest may expire today.
func (p *plan) addLots(r random, c calendar, s *storeRows, g product, onHand int) {
	count := min(onHand, r.between(1, 3))
	ages := make([]int, count)
	for i := range ages {
		ages[i] = r.between(1, g.shelfLifeDays)
	}
	slices.Sort(ages)
	ages = slices.Compact(ages)
	for i, age := range ages {
		quantity := onHand / len(ages)
		if i == 0 { // the newest lot gets the remainder
			quantity += onHand % len(ages)
		}
		received := c.at(-age, 5).Add(r.duration(0, 5*time.Hour))
		s.Lots = append(s.Lots, inventory.CopyLotsParams{
			ID: r.id(received), StoreID: s.Store.ID, ProductID: g.id, ExpiresOn: c.date(g.shelfLifeDays - age),
			Quantity: g.quantity(quantity), ReceivedAt: received, CreatedAt: received, UpdatedAt: received,
		})
	}
}
