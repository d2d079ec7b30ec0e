package demo

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"aisle/store/catalog"
)

// barcodeGenerator generates unique barcodes. The GTIN-13s begin with 13, a prefix that GS1 reserves for the United States and
// has not assigned yet, so that they do not collide with imported real products.
type barcodeGenerator struct {
	items      map[int]int // the last item number of each company
	upcCount   int
	gtin8Count int
	pluCount   int
}

func newBarcodeGenerator() *barcodeGenerator { return &barcodeGenerator{items: map[int]int{}} }

// withCheckDigit adds the check digit.
func withCheckDigit(digits string) string { return digits + string(catalog.CheckDigit(digits)) }

// gtin13 returns the next GTIN-13 of a company.
func (g *barcodeGenerator) gtin13(company int) string {
	g.items[company]++
	// Spread the company numbers, as in a real catalog: 7919 is coprime to 100,000.
	return withCheckDigit(fmt.Sprintf("13%05d%05d", (company+1)*7919%100_000, g.items[company]))
}

// upc12 returns the next UPC-A.
func (g *barcodeGenerator) upc12() string {
	g.upcCount++
	return withCheckDigit(fmt.Sprintf("199%08d", g.upcCount))
}

// gtin8 returns the next GTIN-8.
func (g *barcodeGenerator) gtin8() string {
	g.gtin8Count++
	return withCheckDigit(fmt.Sprintf("13%05d", g.gtin8Count))
}

// plu returns the next price look-up code of a scale.
func (g *barcodeGenerator) plu() string {
	g.pluCount++
	return fmt.Sprintf("8%04d", g.pluCount)
}

// caseGTIN returns the GTIN-14 of a case of a product.
func caseGTIN(gtin13 string) string { return withCheckDigit("1" + gtin13[:len(gtin13)-1]) }

// generate generates the barcodes of a product: a GTIN-13 and sometimes others.
func (g *barcodeGenerator) generate(r random, product uuid.UUID, company int, size string) []catalog.CopyBarcodesParams {
	gtin := g.gtin13(company)
	rows := []catalog.CopyBarcodesParams{gtinRow(product, gtin)}
	if size == perKilogram {
		plu := g.plu()
		return append(rows, catalog.CopyBarcodesParams{Key: catalog.InternalKey(plu), ProductID: product, Printed: plu})
	}
	if r.chance(0.08) {
		rows = append(rows, gtinRow(product, caseGTIN(gtin)))
	}
	switch {
	case r.chance(0.05):
		rows = append(rows, gtinRow(product, g.upc12()))
	case r.chance(0.02):
		rows = append(rows, gtinRow(product, g.gtin8()))
	}
	return rows
}

// gtinRow returns the row of a GTIN with a valid check digit.
func gtinRow(product uuid.UUID, gtin string) catalog.CopyBarcodesParams {
	const keyDigits = 14
	return catalog.CopyBarcodesParams{
		Key: strings.Repeat("0", keyDigits-len(gtin)) + gtin, ProductID: product, Printed: gtin,
	}
}

// perKilogram is the size of products that are sold by weight.
const perKilogram = "per kg"
