package resolvers_test

import (
	"maps"
	"slices"
	"testing"
	"time"
)

const countSelection = "stock { onHand version } movement { kind quantity onHand reason note occurredAt } expectedQuantity previousQuantity"

func (a *api) count(t *testing.T, login string, quantity int, more vars) response {
	t.Helper()
	input := vars{"storeId": a.storeID("N1"), "productId": a.productID("100"), "countedQuantity": quantity}
	maps.Copy(input, more)
	return a.mutate(t, a.as(login), mutation("countStock", countSelection), input)
}

func TestCountStockRecordsTheDifference(t *testing.T) {
	t.Parallel()
	a := newAPI(t) // with 5 in stock
	first := a.count(t, "associate.n1", 3, vars{"expectedQuantity": 4, "note": "Aisle 3.", "idempotencyKey": "k"})
	again := a.count(t, "associate.n1", 3, vars{"expectedQuantity": 4, "note": "Aisle 3.", "idempotencyKey": "k"})

	want := `{"countStock":{"stock":{"onHand":3,"version":2},` +
		`"movement":{"kind":"ADJUSTMENT","quantity":-2,"onHand":3,"reason":"COUNT","note":"Aisle 3.","occurredAt":"2026-03-02T17:00:00.000Z"},` +
		`"expectedQuantity":4,"previousQuantity":5,"userErrors":[]}}`
	if first.JSON != want || again.JSON != want {
		t.Errorf("got %s\nand %s\nwant %s", first.JSON, again.JSON, want)
	}
	if events := a.events(t, "N1"); !slices.Equal(events, []string{"STOCK_CHANGED"}) {
		t.Errorf("events: %v", events)
	}
}

func TestCountThatChangesNothingHasNoMovementAndNoEvent(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	got := a.count(t, "associate.n1", 5, nil)
	if got.JSON != `{"countStock":{"stock":{"onHand":5,"version":1},"movement":null,"expectedQuantity":null,"previousQuantity":5,"userErrors":[]}}` {
		t.Errorf("got %s", got.JSON)
	}
	if events := a.events(t, "N1"); len(events) > 0 {
		t.Errorf("events: %v", events)
	}
}

// A count that an offline device sends late does not undo what was sold since.
func TestLateCountKeepsWhatMovedSince(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	sell := func(quantity int, occurredAt time.Time) {
		a.sendOperation(t, a.as("region.n"), "partner/RecordStock.graphql", vars{"movements": []any{vars{
			"storeCode": "N1", "sku": "100", "kind": "SALE", "quantity": quantity, "occurredAt": occurredAt.Format(time.RFC3339),
		}}})
	}
	sell(2, now.Add(-2*time.Hour)) // before the count, although recorded after it
	sell(1, now.Add(-30*time.Minute))

	late := a.count(t, "associate.n1", 7, vars{"countedAt": now.Add(-time.Hour).Format(time.RFC3339)})
	if late.at("stock.onHand") != 6.0 || late.at("previousQuantity") != 2.0 || late.at("movement.quantity") != 4.0 ||
		late.at("movement.occurredAt") != "2026-03-02T16:00:00.000Z" {
		t.Errorf("a late count: %s", late.JSON)
	}
	if empty := a.count(t, "associate.n1", 0, vars{"countedAt": now.Add(-time.Hour).Format(time.RFC3339)}); empty.at("stock.onHand") != 0.0 {
		t.Errorf("more was sold than counted: %s", empty.JSON)
	}
}

func TestCountStockReturnsUserErrors(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	if _, err := a.pool.Exec(t.Context(), "UPDATE stores.store SET status = 'CLOSED' WHERE id = $1", a.store["S1"]); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		quantity    int
		more        vars
		code, field string
	}{
		"a negative quantity":    {-1, nil, "INVALID", "countedQuantity"},
		"a negative expectation": {1, vars{"expectedQuantity": -1}, "INVALID", "expectedQuantity"},
		"an outdated version":    {1, vars{"expectedVersion": 7}, "VERSION_CONFLICT", "expectedVersion"},
		"an unknown product":     {1, vars{"productId": "product_01h455vb4pex5vsknk084sn02q"}, "NOT_FOUND", "productId"},
		"a closed store":         {1, vars{"storeId": a.storeID("S1")}, "CLOSED", "storeId"},
		"a time that is no time": {1, vars{"countedAt": "1999-01-01T00:00:00Z"}, "INVALID", "countedAt"},
	} {
		got := a.count(t, "admin", c.quantity, c.more)
		if got.code() != c.code || got.at("userErrors.0.field.0") != c.field || got.at("movement") != nil || got.at("previousQuantity") != nil {
			t.Errorf("%s: %s", name, got.JSON)
		}
		if name == "an outdated version" && got.at("stock.version") != 1.0 {
			t.Errorf("it does not show the current stock: %s", got.JSON)
		}
	}
}
