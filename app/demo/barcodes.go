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
func (n *barcodeGenerator) gtin13(company int) string {
	n.items[company]++
	// Spread the company numbers, as in a real catalog: 7919 is coprime to 100,000.
	return withCheckDigit(fmt.Sprintf("13%05d%05d", (company+1)*7919%100_000, n.items[company]))
}

// upc12 returns the next UPC-A.
func (n *barcodeGenerator) upc12() string {
	n.upcCount++
	return withCheckDigit(fmt.Sprintf("199%08d", n.upcCount))
}

// gtin8 returns the next GTIN-8.
func (n *barcodeGenerator) gtin8() string {
	n.gtin8Count++
	return withCheckDigit(fmt.Sprintf("13%05d", n.gtin8Count))
}

// plu returns the next price look-up code of a scale.
func (n *barcodeGenerator) plu() string {
	n.pluCount++
	return fmt.Sprintf("8%04d", n.pluCount)
}

// caseGTIN returns the GTIN-14 of a case of a product.
func caseGTIN(gtin13 string) string { return withCheckDigit("1" + gtin13[:len(gtin13)-1]) }

// generate generates the barcodes of a product: a GTIN-13 and sometimes others.
func (n *barcodeGenerator) generate(r random, product uuid.UUID, company int, size string) []catalog.CopyBarcodesParams {
	gtin := n.gtin13(company)
	rows := []catalog.CopyBarcodesParams{gtinRow(product, gtin)}
	if size == perPound {
		plu := n.plu()
		return append(rows, catalog.CopyBarcodesParams{Key: catalog.InternalKey(plu), ProductID: product, Printed: plu})
	}
	if r.chance(0.08) {
		rows = append(rows, gtinRow(product, caseGTIN(gtin)))
	}
	switch {
	case r.chance(0.05):
		rows = append(rows, gtinRow(product, n.upc12()))
	case r.chance(0.02):
		rows = append(rows, gtinRow(product, n.gtin8()))
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
