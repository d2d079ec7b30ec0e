package resolvers_test

import (
	"fmt"
	"sync"
	"testing"

	"aisle/auth"
)

func (a *api) recordRows(t *testing.T, v auth.Viewer, rows ...any) response {
	t.Helper()
	return a.mutate(t, v, mutation("recordStockMovements", "recordedCount unchangedCount rejected { index code field }"), vars{"movements": rows})
}

func TestMovementWithAnExternalIDIsRecordedOnce(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	v := a.asPartner(t, "inventory:write")
	row := func(id, kind string, quantity int, more ...any) vars {
		row := vars{"storeCode": "N1", "sku": "100", "kind": kind, "quantity": quantity, "externalId": id}
		for i := 0; i < len(more); i += 2 {
			row[fmt.Sprint(more[i])] = more[i+1]
		}
		return row
	}
	first := a.recordRows(t, v, row("a", "RECEIPT", 3), row("b", "TRANSFER", 1, "toStoreCode", "N2"), row("a", "RECEIPT", 3), row("c", "SALE", 100))
	again := a.recordRows(t, v,
		row("a", "RECEIPT", 3, "reference", "R-1"),                   // 0: another reference
		row("b", "TRANSFER", 1, "toStoreCode", "S1"),                 // 1: another store
		row("b", "TRANSFER", 1, "toStoreCode", "N2"),                 // the same
		row("a", "RECEIPT", 3),                                       // the same
		row("c", "SALE", 1),                                          // it was rejected, so the id is free
		row("a", "RECEIPT", 4),                                       // 5: another quantity
		row("a", "RECEIPT", 3, "occurredAt", "2026-01-01T00:00:00Z"), // 6: another time
	)
	other := a.recordRows(t, a.asPartner(t, "inventory:write"), row("a", "RECEIPT", 9)) // another partner has ids of its own

	taken := func(i int) string { return fmt.Sprintf(`{"index":%d,"code":"TAKEN","field":["externalId"]}`, i) }
	for got, want := range map[string]string{
		first.JSON: `{"recordStockMovements":{"recordedCount":2,"unchangedCount":1,` +
			`"rejected":[{"index":3,"code":"INSUFFICIENT_STOCK","field":["quantity"]}],"userErrors":[]}}`,
		again.JSON: `{"recordStockMovements":{"recordedCount":1,"unchangedCount":2,"rejected":[` +
			taken(0) + "," + taken(1) + "," + taken(5) + "," + taken(6) + `],"userErrors":[]}}`,
		other.JSON: `{"recordStockMovements":{"recordedCount":1,"unchangedCount":0,"rejected":[],"userErrors":[]}}`,
	} {
		if got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
	if left, _ := a.onHand(t, "N1", "100"); left != 5+3-1-1+9 {
		t.Errorf("%d in stock", left)
	}
}

// Requests with the same ids in different stores wait for each other, and none fails.
func TestConcurrentMovementsWithAnExternalIDAreRecordedOnce(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	v := a.asPartner(t, "inventory:write")
	results := make([]response, 8)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			row := func(id string) vars {
				return vars{"storeCode": []string{"N1", "N2"}[i%2], "sku": "100", "kind": "RECEIPT", "quantity": 1, "externalId": id}
			}
			results[i] = a.recordRows(t, v, row("a"), row("b"))
		})
	}
	group.Wait()
	recorded, unchanged, rejected := 0.0, 0.0, 0
	for _, got := range results {
		recorded += got.at("recordedCount").(float64)   //nolint:errcheck // a wrong type fails the test as well
		unchanged += got.at("unchangedCount").(float64) //nolint:errcheck // the same
		rejected += len(got.at("rejected").([]any))     //nolint:errcheck // the same
	}
	if recorded != 2 || unchanged != 6 || rejected != 8 { // the four of the other store are other movements
		t.Errorf("recorded %v, unchanged %v, rejected %v", recorded, unchanged, rejected)
	}
}

func TestExternalIDsCostOneStatementMore(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	record := func(n int, withIDs bool) int {
		rows := make([]any, n)
		for i := range rows {
			row := vars{"storeCode": "N1", "sku": "100", "kind": "RECEIPT", "quantity": 1}
			if withIDs {
				row["externalId"] = fmt.Sprint(n, " ", i)
			}
			rows[i] = row
		}
		return a.recordRows(t, a.as("admin"), rows...).Statements
	}
	without, one, many := record(1, false), record(1, true), record(1000, true)
	if one != without+1 || many != one {
		t.Errorf("%d statements without ids, %d for one, %d for a thousand", without, one, many)
	}
}

func TestMovementsInAClosedStoreAreRejected(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	if _, err := a.pool.Exec(t.Context(), "UPDATE stores.store SET status = 'CLOSED' WHERE id = $1", a.store["N2"]); err != nil {
		t.Fatal(err)
	}
	got := a.recordRows(t, a.as("admin"),
		vars{"storeCode": "N2", "sku": "100", "kind": "RECEIPT", "quantity": 1},
		vars{"storeCode": "N1", "sku": "100", "kind": "TRANSFER", "quantity": 1, "toStoreCode": "N2"})
	want := `{"recordStockMovements":{"recordedCount":0,"unchangedCount":0,"rejected":[{"index":0,"code":"CLOSED","field":["storeCode"]},` +
		`{"index":1,"code":"CLOSED","field":["toStoreCode"]}],"userErrors":[]}}`
	if got.JSON != want {
		t.Errorf("got %s\nwant %s", got.JSON, want)
	}
}
