package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// rejectedFields returns the rejected rows as "index code path".
func (got response) rejectedFields() []string {
	list, _ := got.at("rejected").([]any)
	rows := make([]string, len(list))
	for i := range list {
		at := func(field string) any { return got.at(fmt.Sprintf("rejected.%d.%s", i, field)) }
		path, _ := at("field").([]any)
		words := make([]string, len(path))
		for j, p := range path {
			words[j] = fmt.Sprint(p)
		}
		rows[i] = strings.TrimSpace(fmt.Sprint(at("index"), " ", at("code"), " ", strings.Join(words, ".")))
	}
	return rows
}

// upsert upserts products as the administrator.
func (a *api) upsert(t *testing.T, products ...any) response {
	t.Helper()
	return a.sendOperation(t, a.as("admin"), "partner/UpsertProducts.graphql", vars{"products": products})
}

const productSelection = "name brand unit status discontinuedAt barcodes version category { code }"

// productBySKU returns a product as the administrator sees it.
func (a *api) productBySKU(t *testing.T, sku string) map[string]any {
	t.Helper()
	got := a.mustQuery(t, a.as("admin"), "query($sku: String!) { product(sku: $sku) { "+productSelection+" } }", vars{"sku": sku})
	product, _ := got.at("product").(map[string]any)
	return product
}

func TestUpsertProductsKeepsOmittedFieldsAndClearsNull(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	full := map[string]any{
		"name": "Product 100", "brand": "Alpina", "unit": "PIECE", "status": "ACTIVE", "discontinuedAt": nil,
		"barcodes": []any{"4006381333900", "A100"}, "version": 1.0, "category": map[string]any{"code": "DAIRY"},
	}
	full["barcodes"] = a.productBySKU(t, "100")["barcodes"]
	if diff := cmp.Diff(full, a.productBySKU(t, "100")); diff != "" {
		t.Fatalf("the fixture (-want +got):\n%s", diff)
	}

	omitted := a.upsert(t, vars{"sku": "100", "name": "Product 100"})
	if omitted.at("unchangedCount") != 1.0 {
		t.Errorf("omitted fields: %s", omitted.JSON)
	}
	cleared := a.upsert(t, vars{"sku": "100", "name": "Product 100", "brand": nil, "categoryCode": nil, "barcodes": nil})

	want := map[string]any{
		"name": "Product 100", "brand": nil, "unit": "PIECE", "status": "ACTIVE", "discontinuedAt": nil,
		"barcodes": []any{}, "version": 2.0, "category": nil,
	}
	if diff := cmp.Diff(want, a.productBySKU(t, "100")); diff != "" || cleared.at("updatedCount") != 1.0 {
		t.Errorf("%s, now (-want +got):\n%s", cleared.JSON, diff)
	}
	if again := a.upsert(t, vars{"sku": "100", "name": "Product 100", "brand": nil, "barcodes": nil}); again.at("unchangedCount") != 1.0 {
		t.Errorf("cleared again: %s", again.JSON)
	}
}

func TestUpsertProductsRejectsWhatCannotBeCleared(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	tooMany := slices.Repeat([]any{":x"}, 101)

	got := a.upsert(
		t,
		vars{"sku": "a", "name": "x", "brand": " "},
		vars{"sku": "b", "name": "x", "categoryCode": ""},
		vars{"sku": "c", "name": "x", "unit": nil},
		vars{"sku": "d", "name": "x", "status": nil},
		vars{"sku": "e", "name": "x", "barcodes": tooMany},
		vars{"sku": "f", "name": "x", "barcodes": []any{":1", ":"}},
		vars{"sku": "g", "name": "x", "barcodes": []any{":1", "", ":2"}},
		vars{"sku": "h", "name": "x", "barcodes": []any{":3", ":2", ":A100"}},
		vars{"sku": "i", "name": "x", "barcodes": []any{":free"}},
		vars{"sku": "j", "name": "x", "barcodes": []any{":4", ":free"}},
		vars{"sku": "k", "name": "x", "removeBarcodes": []any{":1", "123"}},
		vars{"sku": "l", "name": "x", "barcodes": []any{":1"}, "removeBarcodes": []any{":2", ":1"}},
		vars{"sku": "m", "name": "x", "removeBarcodes": tooMany},
		vars{"sku": strings.Repeat("n", 65), "name": "x"},
	)

	want := []string{
		"0 REQUIRED brand", "1 REQUIRED categoryCode", "2 REQUIRED unit", "3 REQUIRED status", "4 TOO_MANY barcodes",
		"5 REQUIRED barcodes.1", "6 REQUIRED barcodes.1", "7 TAKEN barcodes.2", "9 TAKEN barcodes.1", "10 INVALID removeBarcodes.1",
		"11 INVALID removeBarcodes.1", "12 TOO_MANY removeBarcodes", "13 TOO_LONG sku",
	}
	if diff := cmp.Diff(want, got.rejectedFields()); diff != "" || got.at("createdCount") != 1.0 {
		t.Errorf("rejected (-want +got):\n%s%s", diff, got.JSON)
	}
}

func TestBarcodesAreRemoved(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	row := vars{"sku": "100", "name": "Product 100", "removeBarcodes": []any{":A100", ":A100", ":A200", ":unknown"}}

	first, again := a.upsert(t, row), a.upsert(t, row)

	if first.at("updatedCount") != 1.0 || again.at("unchangedCount") != 1.0 {
		t.Errorf("first %s, again %s", first.JSON, again.JSON)
	}
	lost := a.mustQuery(t, a.as("admin"), `{ a: product(barcode: "A100") { sku } b: product(barcode: "A200") { sku } }`, nil)
	if lost.at("a") != nil || lost.at("b.sku") != "200" || a.productBySKU(t, "100")["version"] != 2.0 {
		t.Errorf("now %s", lost.JSON)
	}
}

func TestABarcodeMovesToAnotherProductInOneRequest(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	early := a.upsert(
		t,
		vars{"sku": "300", "name": "Product 300", "barcodes": []any{":A100"}},
		vars{"sku": "100", "name": "Product 100", "removeBarcodes": []any{":A100"}},
		vars{"sku": "900", "name": "New", "barcodes": []any{":A100"}},
		vars{"sku": "200", "name": "Product 200", "barcodes": nil},
		vars{"sku": "901", "name": "New", "barcodes": []any{":A200"}},
	)

	if diff := cmp.Diff([]string{"0 TAKEN barcodes.0", "2 TAKEN barcodes.0"}, early.rejectedFields()); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
	moved := a.upsert(t, vars{"sku": "900", "name": "New", "barcodes": []any{":A100"}})
	owners := a.mustQuery(t, a.as("admin"), `{ a: product(barcode: "A100") { sku } b: product(barcode: "A200") { sku } }`, nil)
	if moved.at("createdCount") != 1.0 || owners.at("a.sku") != "900" || owners.at("b.sku") != "901" {
		t.Errorf("moved %s, now %s", moved.JSON, owners.JSON)
	}
}

func TestUnitsOfProducts(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	set := a.upsert(
		t,
		vars{"sku": "900", "name": "Apples", "unit": "GRAM"},
		vars{"sku": "901", "name": "Bag"},
		vars{"sku": "300", "name": "Product 300", "unit": "MILLILITRE"},     // no store has it
		vars{"sku": "100", "name": "Product 100, in grams", "unit": "GRAM"}, // stores have it
		vars{"sku": "200", "name": "Product 200", "unit": "PIECE"},
	)
	kept := a.upsert(t, vars{"sku": "900", "name": "Apples"})

	if diff := cmp.Diff([]string{"3 NOT_ALLOWED unit"}, set.rejectedFields()); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
	if set.at("createdCount") != 2.0 || set.at("updatedCount") != 1.0 || set.at("unchangedCount") != 1.0 || kept.at("unchangedCount") != 1.0 {
		t.Errorf("set %s, kept %s", set.JSON, kept.JSON)
	}
	for sku, want := range map[string]string{"900": "GRAM", "901": "PIECE", "300": "MILLILITRE", "100": "PIECE"} {
		if got := a.productBySKU(t, sku)["unit"]; got != want {
			t.Errorf("%s is counted in %v, want %s", sku, got, want)
		}
	}
}

func TestProductsAreDiscontinuedAndBroughtBack(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	discontinue := func(skus ...any) response {
		return a.mutate(t, a.as("admin"), mutation("discontinueProducts", "discontinuedCount unchangedCount rejected { index code field }"),
			vars{"skus": skus})
	}

	first, again := discontinue("100", " 200 ", "nope", "100", ""), discontinue("100", "300")

	want := []string{"2 NOT_FOUND", "3 INVALID", "4 REQUIRED"}
	if diff := cmp.Diff(want, first.rejectedFields()); diff != "" || first.at("discontinuedCount") != 2.0 || first.at("unchangedCount") != 0.0 {
		t.Errorf("%s rejected (-want +got):\n%s", first.JSON, diff)
	}
	if again.at("discontinuedCount") != 1.0 || again.at("unchangedCount") != 1.0 {
		t.Errorf("again %s", again.JSON)
	}
	for _, list := range [][]any{{}, slices.Repeat([]any{"1"}, 1001)} {
		want := map[bool]string{true: "REQUIRED", false: "TOO_MANY"}[len(list) == 0]
		if got := discontinue(list...); got.code() != want || got.at("userErrors.0.field.0") != "skus" {
			t.Errorf("%d SKUs: %s", len(list), got.JSON)
		}
	}
	names := func(status ...any) string {
		got := a.mustQuery(t, a.as("admin"), `query($f: ProductFilter) { products(filter: $f) { totalCount edges { node { sku } } } }`,
			vars{"f": vars{"status": status}})
		edges, _ := got.at("products.edges").([]any)
		words := make([]string, len(edges))
		for i := range edges {
			words[i] = fmt.Sprint(got.at(fmt.Sprintf("products.edges.%d.node.sku", i)))
		}
		return fmt.Sprint(got.at("products.totalCount"), words)
	}

	a.clock.advance(time.Hour)
	kept := a.upsert(t, vars{"sku": "100", "name": "Renamed"}, vars{"sku": "200", "name": "Product 200", "status": "ACTIVE"},
		vars{"sku": "900", "name": "Old", "status": "DISCONTINUED"})

	if kept.at("updatedCount") != 2.0 || a.productBySKU(t, "100")["discontinuedAt"] != "2026-03-02T17:00:00.000Z" {
		t.Errorf("kept %s, %v", kept.JSON, a.productBySKU(t, "100"))
	}
	events := [3]int{a.countEvents(t, "PRODUCT_DISCONTINUED"), a.countEvents(t, "PRODUCT_UPDATED"), a.countEvents(t, "PRODUCT_CREATED")}
	if want := [3]int{3, 2, 1}; events != want {
		t.Errorf("%v products were discontinued, updated and created, want %v", events, want)
	}
	active, gone, all := names("ACTIVE"), names("DISCONTINUED"), names("ACTIVE", "DISCONTINUED")
	if active != "1 [200]" || gone != "3 [900 300 100]" || all != "4 [900 200 300 100]" || names() != all {
		t.Errorf("active %s, gone %s, all %s", active, gone, all)
	}
}
