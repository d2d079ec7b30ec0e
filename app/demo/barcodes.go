package demo

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"aisle/store/catalog"
)

// numbers gives out barcodes, none of them twice. The GTIN-13s begin with 13, which GS1 has kept for the United States
// and gives to nobody yet, so that they don't meet those of real products that are imported beside them.
type numbers struct {
	items  map[int]int // the last item number of each company
	upcs   int
	short  int
	pluses int
}

func newNumbers() *numbers { return &numbers{items: map[int]int{}} }

// complete adds the check digit.
func complete(digits string) string { return digits + string(catalog.CheckDigit(digits)) }

// gtin13 is a company's next number.
func (n *numbers) gtin13(company int) string {
	n.items[company]++
	// Companies lie apart, as they do in a real catalog: 7919 is prime to 100,000.
	return complete(fmt.Sprintf("13%05d%05d", (company+1)*7919%100_000, n.items[company]))
}

// upc12 is the number of a product that came under an American label before.
func (n *numbers) upc12() string {
	n.upcs++
	return complete(fmt.Sprintf("199%08d", n.upcs))
}

// gtin8 is the short number of a small packet.
func (n *numbers) gtin8() string {
	n.short++
	return complete(fmt.Sprintf("13%05d", n.short))
}

// plu is the code that the counter's scale prints.
func (n *numbers) plu() string {
	n.pluses++
	return fmt.Sprintf("8%04d", n.pluses)
}

// caseOf is the GTIN-14 of a case of the product with the GTIN-13.
func caseOf(gtin13 string) string { return complete("1" + gtin13[:len(gtin13)-1]) }

// barcodes makes the codes of one product: a GTIN-13 always, and seldom one or two besides.
func (n *numbers) barcodes(r random, product uuid.UUID, company int, size string) []catalog.CopyBarcodesParams {
	gtin := n.gtin13(company)
	rows := []catalog.CopyBarcodesParams{gtinRow(product, gtin)}
	if size == perPound {
		plu := n.plu()
		return append(rows, catalog.CopyBarcodesParams{Key: catalog.InternalKey(plu), ProductID: product, Printed: plu})
	}
	if r.chance(0.08) {
		rows = append(rows, gtinRow(product, caseOf(gtin)))
	}
	switch {
	case r.chance(0.05):
		rows = append(rows, gtinRow(product, n.upc12()))
	case r.chance(0.02):
		rows = append(rows, gtinRow(product, n.gtin8()))
	}
	return rows
}

// gtinRow is the row of a GTIN, of which complete has made the check digit.
func gtinRow(product uuid.UUID, gtin string) catalog.CopyBarcodesParams {
	const keyDigits = 14
	return catalog.CopyBarcodesParams{
		Key: strings.Repeat("0", keyDigits-len(gtin)) + gtin, ProductID: product, Printed: gtin,
	}
}
