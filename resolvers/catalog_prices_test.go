package resolvers_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aisle/auth"
)

// pricesOf returns the amounts of the current price of the product 100 in a store, and of those to come.
func (a *api) pricesOf(t *testing.T, v auth.Viewer, code string) []any {
	t.Helper()
	got := a.mustQuery(t, v, `query($id: ID!) { product(sku: "100") { prices(storeId: $id) { price { amount } } } }`, vars{"id": a.storeID(code)})
	list, _ := got.at("product.prices").([]any)
	amounts := make([]any, len(list))
	for i, each := range list {
		amounts[i] = member(member(each, "price"), "amount")
	}
	return amounts
}

const withdrawSelection = "withdrawnCount rejected { index code field message }"

// withdraw withdraws prices as the administrator.
func (a *api) withdraw(t *testing.T, rows ...any) response {
	t.Helper()
	return a.mutate(t, a.as("admin"), mutation("withdrawPrices", withdrawSelection), vars{"prices": rows})
}

func TestFuturePricesAreWithdrawn(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	row := func(code, sku string, from time.Time) vars {
		return vars{"storeCode": code, "sku": sku, "validFrom": from.Format(time.RFC3339Nano)}
	}
	nextWeek, yesterday := now.AddDate(0, 0, 7), now.AddDate(0, 0, -1)
	if diff := cmp.Diff([]any{"3.10", "9.99"}, a.pricesOf(t, a.as("manager.n1"), "N1")); diff != "" {
		t.Fatalf("before (-want +got):\n%s", diff)
	}

	got := a.withdraw(
		t,
		row("N1", "100", yesterday),
		row("N1", "100", nextWeek),
		row("N1", "100", nextWeek),
		row("N1", "100", nextWeek.Add(time.Second)),
		row("X9", "100", nextWeek),
		row("N1", "nope", nextWeek),
		row("N1", "100", now.AddDate(-100, 0, 0)),
	)
	again := a.withdraw(t, row("N1", "100", nextWeek))

	want := []string{
		"0 NOT_ALLOWED validFrom", "2 INVALID sku", "3 NOT_FOUND validFrom", "4 NOT_FOUND storeCode", "5 NOT_FOUND sku", "6 INVALID validFrom",
	}
	if diff := cmp.Diff(want, got.rejectedFields()); diff != "" || got.at("withdrawnCount") != 1.0 {
		t.Errorf("%s rejected (-want +got):\n%s", got.JSON, diff)
	}
	if diff := cmp.Diff([]string{"0 NOT_FOUND validFrom"}, again.rejectedFields()); diff != "" {
		t.Errorf("again (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{"3.10"}, a.pricesOf(t, a.as("manager.n1"), "N1")); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{"3.10", "9.99"}, a.pricesOf(t, a.as("admin"), "N2")); diff != "" {
		t.Errorf("another store (-want +got):\n%s", diff)
	}
	for _, list := range [][]any{{}, slices.Repeat([]any{row("N1", "100", nextWeek)}, 1001)} {
		want := map[bool]string{true: "REQUIRED", false: "TOO_MANY"}[len(list) == 0]
		if got := a.withdraw(t, list...); got.code() != want || got.at("userErrors.0.field.0") != "prices" {
			t.Errorf("%d prices: %s", len(list), got.JSON)
		}
	}
}

func TestTheEventOfAWithdrawnPriceSaysSo(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	a.setPrices(t, "5.25", "N1")
	a.withdraw(t, vars{"storeCode": "N1", "sku": "100", "validFrom": now.AddDate(0, 0, 7).Format(time.RFC3339)})

	const query = `query($after: String!, $ids: [ID!]) { changes(after: $after, storeIds: $ids) {
		events { type ... on PriceEvent { isWithdrawn validFrom price { amount } } } } }`
	got := a.changes(t, a.as("manager.n1"), query, vars{"after": beginning, "ids": []any{a.storeID("N1")}}, 2)

	want := []any{
		map[string]any{"type": "PRICE_CHANGED", "isWithdrawn": false, "validFrom": "2026-03-02T17:00:00.000Z", "price": map[string]any{"amount": "5.25"}},
		map[string]any{"type": "PRICE_CHANGED", "isWithdrawn": true, "validFrom": "2026-03-09T17:00:00.000Z", "price": map[string]any{"amount": "9.99"}},
	}
	if diff := cmp.Diff(want, got.at("changes.events")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestAPriceIsWithdrawnByTheStartThatClientsRead(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	set := a.sendOperation(t, a.as("admin"), "partner/SetPrices.graphql", vars{"prices": []any{vars{
		"storeCode": "N1", "sku": "300", "price": vars{"amount": "1", "currency": "USD"}, "validFrom": "2026-04-01T00:00:00.123456Z",
	}}})
	read := a.mustQuery(t, a.as("admin"), `query($id: ID!) { product(sku: "300") { prices(storeId: $id) { validFrom createdAt } } }`,
		vars{"id": a.storeID("N1")})
	from := read.at("product.prices.0.validFrom")

	got := a.withdraw(t, vars{"storeCode": "N1", "sku": "300", "validFrom": from})

	if set.at("updatedCount") != 1.0 || from != "2026-04-01T00:00:00.123Z" || got.at("withdrawnCount") != 1.0 {
		t.Errorf("set %s, read %s, withdrawn %s", set.JSON, read.JSON, got.JSON)
	}
}

func TestPricesOfProductsCostOneStatement(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const query = `query($id: ID!) { products(first: 3) { edges { node { sku prices(storeId: $id) { price { amount currency } } } } } }`

	got := a.mustQuery(t, a.as("admin"), query, vars{"id": a.storeID("N1")})

	if got.at("products.edges.0.node.prices.1.price.amount") != "9.99" || got.Statements != 2 {
		t.Errorf("%s with %d statements, want 2", got.JSON, got.Statements)
	}
	if prices := a.pricesOf(t, a.as("manager.n1"), "S1"); len(prices) != 0 {
		t.Errorf("a store outside the scope has the prices %v", prices)
	}
}

func TestProductsOfCategoriesComeInPagesWithOneStatementForAll(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const query = `query($after: String) { categories { code createdAt updatedAt products { totalCount }
		children { code products(first: 1, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { node { sku createdAt } } } } } }`

	first := a.mustQuery(t, a.as("associate.n1"), query, nil)
	second := a.mustQuery(t, a.as("associate.n1"), query, vars{"after": first.at("categories.0.children.0.products.pageInfo.endCursor")})

	own := first.at("categories.0.products.totalCount")
	if own != 0.0 || first.at("categories.0.createdAt") != "2026-03-02T17:00:00.000Z" {
		t.Errorf("the root category: %s", first.JSON)
	}
	for got, want := range map[*response]string{&first: "100", &second: "200"} {
		if sku := got.at("categories.0.children.0.products.edges.0.node.sku"); sku != want {
			t.Errorf("%v instead of %s: %s", sku, want, got.JSON)
		}
	}
	if total := first.at("categories.0.children.0.products.totalCount"); total != 2.0 {
		t.Errorf("%v products", total)
	}
}
