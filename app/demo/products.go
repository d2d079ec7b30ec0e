package demo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"aisle/store/catalog"
)

// perPound is the size of what is weighed at the counter.
const perPound = "per lb"

// brand is a name and its company's number.
type brand struct {
	name    string
	company int
}

// good is what stores know of a product.
type good struct {
	id    uuid.UUID
	name  string
	cents int // what it costs in most stores
	keeps int // days; 0 when it does not matter
}

// products are the catalog's rows and what stores need of them.
type products struct {
	rows     []catalog.CopyProductsParams
	barcodes []catalog.CopyBarcodesParams
	goods    []good
	common   []int // of goods: what nearly all stores have
	others   []int // of goods: what few stores have
}

// commonGoods is from how many products stores take most of their own.
const commonGoods = 400

// makeProducts makes so many products, as evenly over the shelves as they have combinations.
func makeProducts(r random, at time.Time, shelves []shelf, count int) (products, error) {
	quotas, err := share(shelves, count)
	if err != nil {
		return products{}, err
	}
	var made products
	var rank []int // of a good on its shelf
	codes := newNumbers()
	for i, s := range shelves {
		for nth, combination := range r.Perm(s.combinations())[:quotas[i]] {
			row, g, b, size := s.product(r, combination, at)
			row.SKU = strconv.Itoa(100_001 + len(made.rows))
			made.rows = append(made.rows, row)
			made.barcodes = append(made.barcodes, codes.barcodes(r, row.ID, b.company, size)...)
			made.goods = append(made.goods, g)
			rank = append(rank, nth)
		}
	}
	// The first products of every shelf are the common ones.
	order := make([]int, len(rank))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank[a] - rank[b] })
	cut := min(commonGoods, len(order))
	made.common, made.others = order[:cut], order[cut:]
	return made, nil
}

// share says how many products each shelf has.
func share(shelves []shelf, count int) ([]int, error) {
	quotas := make([]int, len(shelves))
	for left := count; left > 0; {
		before := left
		for i, s := range shelves {
			if left > 0 && quotas[i] < s.combinations() {
				quotas[i]++
				left--
			}
		}
		if left == before {
			return nil, fmt.Errorf("there are words for %d products only, not for %d", count-left, count)
		}
	}
	return quotas, nil
}

// combinations is how many products the shelf can have.
func (s shelf) combinations() int {
	return len(s.brands) * len(s.items) * len(s.variants) * len(s.sizes)
}

// product makes the shelf's n-th product of all that are possible.
func (s shelf) product(r random, n int, at time.Time) (catalog.CopyProductsParams, good, brand, string) {
	next := func(length int) int {
		i := n % length
		n /= length
		return i
	}
	b := s.brands[next(len(s.brands))]
	size := next(len(s.sizes))
	item, variant := s.items[next(len(s.items))], s.variants[next(len(s.variants))]
	name := productName(b.name, variant, item, s.sizes[size])
	id := r.id(at)
	row := catalog.CopyProductsParams{
		ID: id, CategoryID: some(s.category), Name: name, Brand: &b.name, CreatedAt: at, UpdatedAt: at,
	}
	g := good{id: id, name: name, cents: charm(r, s.price(r, size))}
	if s.keepsTo > 0 {
		g.keeps = r.between(s.keepsFrom, s.keepsTo)
	}
	return row, g, b, s.sizes[size]
}

// productName says brand, variant, item and size, as a label does.
func productName(brand, variant, item, size string) string {
	before, after := variant+" ", ""
	switch first, _, _ := strings.Cut(variant, " "); first {
	case "-":
		before = ""
	case "in", "with", "on":
		before, after = "", " "+variant
	}
	return brand + " " + before + item + after + ", " + size
}

// price is what the size of the sizes costs, about, in cents.
func (s shelf) price(r random, size int) int {
	span := (s.dearest - s.cheapest) * (2*size + 1) / (2 * len(s.sizes))
	return (s.cheapest + span) * r.between(85, 115) / 100
}

// charm makes a price of cents that a shelf label would have: most end with 99.
func charm(r random, cents int) int {
	endings := [...]int{99, 49, 79, 29}
	return cents/100*100 + endings[r.choose(70, 12, 10, 8)]
}
