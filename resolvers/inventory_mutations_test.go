package resolvers_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"aisle/store"
	"aisle/store/catalog"
)

func (c *testChain) productID(sku string) string {
	return store.GlobalID(catalog.ProductPrefix, c.product[sku])
}

// onHand returns a stock from the database and checks it against the sum of its movements.
func (a *api) onHand(t *testing.T, code, sku string) (onHand, version int) {
	t.Helper()
	err := a.pool.QueryRow(t.Context(), "SELECT on_hand, version FROM inventory.stock WHERE store_id = $1 AND product_id = $2",
		a.store[code], a.product[sku]).Scan(&onHand, &version)
	if err != nil {
		t.Fatal(err)
	}
	return onHand, version
}

// rejectedRows returns the indexes and codes of the rejected rows of a response.
func (got response) rejected() string {
	list, _ := got.at("rejected").([]any)
	words := make([]string, len(list))
	for i := range list {
		words[i] = fmt.Sprint(got.at(fmt.Sprintf("rejected.%d.index", i)), " ", got.at(fmt.Sprintf("rejected.%d.code", i)))
	}
	return strings.Join(words, ", ")
}

func TestAdjustStockCorrectsTheStockAndKeepsTheMovement(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	before, version := a.onHand(t, "N1", "100")
	input := vars{"storeId": a.storeID("N1"), "productId": a.productID("100"), "delta": -1, "reason": "DAMAGED", "note": " Broken ", "idempotencyKey": "k"}

	first := a.sendOperation(t, a.as("associate.n1"), "mobile/AdjustStock.graphql", input)
	again := a.sendOperation(t, a.as("associate.n1"), "mobile/AdjustStock.graphql", input)

	after, next := a.onHand(t, "N1", "100")
	if first.at("stock.onHand") != float64(before-1) || again.JSON != first.JSON || after != before-1 || next != version+1 {
		t.Errorf("from %d to %d: %s, again %s", before, after, first.JSON, again.JSON)
	}
	got := a.mustQuery(t, a.as("associate.n1"), `query($id: ID!) { node(id: $id) { ... on Stock {
		movements { totalCount edges { node { kind quantity onHand reason note } } } } } }`, vars{"id": first.at("stock.id")})
	if got.at("node.movements.totalCount") != 1.0 || got.at("node.movements.edges.0.node.reason") != "DAMAGED" || got.at("node.movements.edges.0.node.note") != "Broken" ||
		got.at("node.movements.edges.0.node.quantity") != -1.0 || got.at("node.movements.edges.0.node.onHand") != float64(after) {
		t.Errorf("movements: %s", got.JSON)
	}
	if events := strings.Join(a.events(t, "N1"), " "); events != "STOCK_CHANGED" {
		t.Errorf("events: %s", events)
	}
}

func TestAdjustStockReturnsUserErrors(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	n1, product := a.storeID("N1"), a.productID("100")
	for name, c := range map[string]struct {
		input vars
		code  string
		field string
	}{
		"more than there is": {vars{"storeId": n1, "productId": product, "delta": -100000, "reason": "COUNT"}, "INSUFFICIENT_STOCK", "delta"},
		"more than counts":   {vars{"storeId": n1, "productId": product, "delta": 2147483647, "reason": "COUNT"}, "INVALID", "delta"},
		"by nothing":         {vars{"storeId": n1, "productId": product, "delta": 0, "reason": "COUNT"}, "INVALID", "delta"},
		"a long note": {
			vars{"storeId": n1, "productId": product, "delta": 1, "reason": "COUNT", "note": strings.Repeat("x", 501)}, "TOO_LONG", "note",
		},
		"a foreign store": {vars{"storeId": a.storeID("N2"), "productId": product, "delta": 1, "reason": "COUNT"}, "NOT_FOUND", "storeId"},
		"no product":      {vars{"storeId": n1, "productId": store.GlobalID(catalog.ProductPrefix, store.NewID()), "delta": 1, "reason": "COUNT"}, "NOT_FOUND", "productId"},
	} {
		got := a.sendOperation(t, a.as("associate.n1"), "mobile/AdjustStock.graphql", c.input)
		if got.code() != c.code || got.at("userErrors.0.field.0") != c.field || got.at("stock") != nil {
			t.Errorf("%s: got %s", name, got.JSON)
		}
	}
	if events := a.events(t, "N1"); len(events) > 0 {
		t.Errorf("events: %v", events)
	}
}

func TestRecordStockMovementsAppliesValidRowsAndRejectsOthers(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	before, _ := a.onHand(t, "N1", "100")
	elsewhere, _ := a.onHand(t, "N2", "100")
	row := func(code, sku, kind string, quantity int, more ...any) vars {
		v := vars{"storeCode": code, "sku": sku, "kind": kind, "quantity": quantity}
		for i := 0; i < len(more); i += 2 {
			v[fmt.Sprint(more[i])] = more[i+1]
		}
		return v
	}

	got := a.sendOperation(t, a.as("region.n"), "partner/RecordStock.graphql", vars{"movements": []any{
		row("N1", "100", "RECEIPT", 10, "reference", "D-1"),
		row("N1", "100", "SALE", before+11), // 1: one more than there is by then
		row("N1", "100", "SALE", before+9),  // leaves 1
		row("S1", "100", "RECEIPT", 1),      // 3: a foreign store
		row("N1", "no such", "RECEIPT", 1),  // 4
		row("N1", "100", "RECEIPT", -1),     // 5
		row("N1", "100", "ADJUSTMENT", 1),   // 6
		row("N1", "100", "TRANSFER", 1, "toStoreCode", "N2"),
		row("N1", "100", "TRANSFER", 1, "toStoreCode", "N2"), // 8: nothing is left
		row("N1", "100", "TRANSFER", 5),
		row("N1", "100", "TRANSFER", -2),
		row("N1", "100", "WRITE_OFF", 1, "occurredAt", "2036-01-01T00:00:00Z"), // 11
		row("N1\x00", "100", "RECEIPT", 1),                                     // 12
	}})

	want := "1 INSUFFICIENT_STOCK, 3 NOT_FOUND, 4 NOT_FOUND, 5 INVALID, 6 INVALID, 8 INSUFFICIENT_STOCK, 11 INVALID, 12 NOT_FOUND"
	if got.at("recordedCount") != 5.0 || got.rejected() != want {
		t.Errorf("recorded %v, rejected %s\nwant 5, %s", got.at("recordedCount"), got.rejected(), want)
	}
	after, _ := a.onHand(t, "N1", "100")
	there, _ := a.onHand(t, "N2", "100")
	if after != 3 || there != elsewhere+1 {
		t.Errorf("%d left and %d there, want 3 and %d", after, there, elsewhere+1)
	}
}

func TestErrorOfARejectedMovementSaysWhatWouldBeRight(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for says, row := range map[string]vars{
		"It must be more than 0: the units move from storeCode to toStoreCode.": {"kind": "TRANSFER", "quantity": -1, "toStoreCode": "N2"},
		"The quantity of a transfer is 0. Send the number of units.":            {"kind": "TRANSFER", "quantity": 0},
		"It must be more than 0: the kind determines the direction.":            {"kind": "SALE", "quantity": -1},
		"Send a time between the year 2000 and tomorrow.":                       {"kind": "SALE", "quantity": 1, "occurredAt": "1970-01-01T00:00:00Z"},
	} {
		row["storeCode"], row["sku"] = "N1", "100"
		got := a.sendOperation(t, a.as("region.n"), "partner/RecordStock.graphql", vars{"movements": []any{row}})
		if message := fmt.Sprint(got.at("rejected.0.message")); !strings.Contains(message, says) {
			t.Errorf("got %q, want %q", message, says)
		}
	}
	none := a.sendOperation(t, a.as("region.n"), "partner/RecordStock.graphql", vars{"movements": []any{}})
	if none.at("userErrors.0.message") != "The list movements is empty. Send 1 to 1000 rows." {
		t.Errorf("no rows: %s", none.JSON)
	}
}

func TestRecordStockMovementsCostsTheSameForOneAndAThousand(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	record := func(n int) response {
		rows := make([]any, n)
		for i := range rows {
			rows[i] = vars{"storeCode": []string{"N1", "N2", "S1"}[i%3], "sku": []string{"100", "200"}[i%2], "kind": "RECEIPT", "quantity": 1}
		}
		return a.sendOperation(t, a.as("admin"), "partner/RecordStock.graphql", vars{"movements": rows})
	}
	one, many, over := record(6), record(1000), record(1001)
	if many.at("recordedCount") != 1000.0 || many.Statements != one.Statements || over.code() != "TOO_MANY" || over.at("recordedCount") != 0.0 {
		t.Errorf("%s with %d statements, %d for few; one too many: %s", many.JSON, many.Statements, one.Statements, over.JSON)
	}
}

// Concurrent movements lose no unit, and the movements add up to the stock.
func TestConcurrentMovementsLoseNothing(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	before, version := a.onHand(t, "N1", "100")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 10 {
				if i%2 == 0 {
					a.sendOperation(t, a.as("associate.n1"), "mobile/AdjustStock.graphql", vars{
						"storeId": a.storeID("N1"), "productId": a.productID("100"), "delta": 1 - 2*(j%2), "reason": "COUNT",
					})
					continue
				}
				a.sendOperation(t, a.as("region.n"), "partner/RecordStock.graphql", vars{"movements": []any{
					vars{"storeCode": "N1", "sku": "100", "kind": "RECEIPT", "quantity": 2},
					vars{"storeCode": "N2", "sku": "100", "kind": "TRANSFER", "quantity": 1, "toStoreCode": "N1"},
				}})
			}
		})
	}
	group.Wait()

	after, next := a.onHand(t, "N1", "100")
	var moved, movements, events int
	err := a.pool.QueryRow(t.Context(), `
		SELECT sum(quantity), count(*), (SELECT count(*) FROM events.event WHERE type = 'STOCK_CHANGED' AND store_id = $1)
		FROM inventory.movement WHERE store_id = $1 AND product_id = $2`,
		a.store["N1"], a.product["100"]).Scan(&moved, &movements, &events)
	if err != nil {
		t.Fatal(err)
	}
	if after != before+moved || next != version+movements || events != movements {
		t.Errorf("%d + %d became %d; version %d after %d movements; %d events", before, moved, after, next, movements, events)
	}
}
