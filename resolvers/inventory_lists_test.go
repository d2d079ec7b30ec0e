package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// stockLevels returns the SKUs of a store's stock that a filter selects, and checks them against the count.
func (a *api) stockLevels(t *testing.T, code, filter string) string {
	t.Helper()
	got := a.mustQuery(t, a.as("admin"), `query ($id: ID!) { store(id: $id) {
		stockLevels(filter: {`+filter+`}) { totalCount edges { node { product { sku } } } } } }`, vars{"id": a.storeID(code)})
	edges, _ := got.at("store.stockLevels.edges").([]any)
	skus := make([]string, len(edges))
	for i := range edges {
		skus[i] = fmt.Sprint(got.at(fmt.Sprintf("store.stockLevels.edges.%d.node.product.sku", i)))
	}
	slices.Sort(skus)
	if got.at("store.stockLevels.totalCount") != float64(len(skus)) {
		t.Errorf("{%s}: %d entries, but the count is %v", filter, len(skus), got.at("store.stockLevels.totalCount"))
	}
	return strings.Join(skus, " ")
}

func TestStockFilterSelectsLowStock(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	_, err := a.pool.Exec(t.Context(), "UPDATE inventory.stock SET on_hand = 3, reorder_point = CASE id WHEN $1 THEN 3 ELSE 2 END",
		a.stock["N1 100"])
	if err != nil {
		t.Fatal(err)
	}
	for filter, want := range map[string]string{"isLow: true": "100", "isLow: false": "200", "isLow: null": "100 200", "": "100 200"} {
		if got := a.stockLevels(t, "N1", filter); got != want {
			t.Errorf("{%s}: %s, want %s", filter, got, want)
		}
	}
}

func TestLotFilterSelectsLotsThatExpireInTime(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for filter, want := range map[string]int{
		"expiresOnOrBefore: \"2026-03-01\"": 0, "expiresOnOrBefore: \"2026-03-04\"": 2, "expiresOnOrBefore: \"2026-03-05\"": 4, "": 4,
	} {
		got := a.mustQuery(t, a.as("admin"), `query ($id: ID!) { store(id: $id) { lots(filter: {`+filter+`}) { totalCount edges { node { id } } } } }`,
			vars{"id": a.storeID("N1")})
		edges, _ := got.at("store.lots.edges").([]any)
		if len(edges) != want || got.at("store.lots.totalCount") != float64(want) {
			t.Errorf("{%s}: %s, want %d", filter, got.JSON, want)
		}
	}
}
