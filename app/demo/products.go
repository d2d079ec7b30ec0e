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

// product is what stores need to know of a product.
type product struct {
	id            uuid.UUID
	name          string
	cents         int // usual price
	shelfLifeDays int // 0 if it does not expire
	gramsPerPiece int // how much a customer takes of what is sold by weight; 0 if it is sold in pieces
}

// quantity converts a number of pieces to the product's unit.
func (p product) quantity(pieces int) int32 {
	return int32(pieces * max(1, p.gramsPerPiece)) //nolint:gosec // a shelf holds tens of pieces
}

// catalogRows are the rows of the catalog and what stores need to know of them.
type catalogRows struct {
	rows     []catalog.CopyProductsParams
	barcodes []catalog.CopyBarcodesParams
	products []product
	common   []int // indexes of products that most stores have
	others   []int // indexes of products that few stores have
}

// commonProducts is the number of products from which stores take most of their assortment.
const commonProducts = 400

// makeProducts makes count products, distributed over the shelves as evenly as their combinations allow.
func makeProducts(r random, at time.Time, shelves []shelf, count int) (catalogRows, error) {
	quotas, err := distribute(shelves, count)
	if err != nil {
		return catalogRows{}, err
	}
	var made catalogRows
	var rank []int // of each product on its shelf
	codes := newBarcodeGenerator()
	for i, s := range shelves {
		for nth, combination := range r.Perm(s.combinations())[:quotas[i]] {
			row, g, b, size := s.newProduct(r, combination, at)
			row.SKU = strconv.Itoa(100_001 + len(made.rows))
			made.rows = append(made.rows, row)
			made.barcodes = append(made.barcodes, codes.generate(r, row.ID, b.company, size)...)
			made.products = append(made.products, g)
			rank = append(rank, nth)
		}
	}
	// The first products of every shelf are the common ones.
	order := make([]int, len(rank))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank[a] - rank[b] })
	cut := min(commonProducts, len(order))
	made.common, made.others = order[:cut], order[cut:]
	return made, nil
}

// distribute returns the number of products of each shelf.
func distribute(shelves []shelf, count int) ([]int, error) {
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
			return nil, fmt.Errorf("the seed data allows %d products, not %d", count-left, count)
		}
	}
	return quotas, nil
}

// combinations returns the number of possible products of the shelf.
func (s shelf) combinations() int {
	return len(s.brands) * len(s.items) * len(s.variants) * len(s.sizes)
}

// newProduct makes the n-th possible product of the shelf.
func (s shelf) newProduct(r random, n int, at time.Time) (catalog.CopyProductsParams, product, brand, string) {
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
		ID: id, CategoryID: nullUUID(s.category), Name: name, Brand: &b.name, Unit: catalog.UnitPiece, CreatedAt: at, UpdatedAt: at,
	}
	g := product{id: id, name: name, cents: charmPrice(r, s.priceFor(r, size))}
	if s.sizes[size] == perKilogram {
		row.Unit, g.gramsPerPiece = catalog.UnitGram, 500
	}
	if s.maxShelfLife > 0 {
		g.shelfLifeDays = r.between(s.minShelfLife, s.maxShelfLife)
	}
	return row, g, b, s.sizes[size]
}

// productName returns a name of brand, variant, item and size.
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

// priceFor returns a random price for the size with the index, in cents.
func (s shelf) priceFor(r random, size int) int {
	span := (s.maxCents - s.minCents) * (2*size + 1) / (2 * len(s.sizes))
	return (s.minCents + span) * r.between(85, 115) / 100
}

// charmPrice changes the last digits of a price in cents to a usual ending, mostly 99.
func charmPrice(r random, cents int) int {
	endings := [...]int{99, 49, 79, 29}
	return cents/100*100 + endings[r.pickWeighted(70, 12, 10, 8)]
}
