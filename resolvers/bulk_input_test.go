package resolvers_test

import (
	"fmt"
	"testing"
	"time"
)

// An input whose list of rows is empty or too long is an error of the input, not of a row.
func TestBulkInputsHaveOneToAThousandRows(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for mutationName, bulk := range map[string]struct {
		list string
		row  vars
	}{
		"upsertProducts":       {"products", vars{"sku": "1", "name": "One"}},
		"setPrices":            {"prices", vars{"storeCode": "N1", "sku": "100", "price": vars{"amount": "1", "currency": "USD"}}},
		"createTasks":          {"tasks", vars{"storeId": a.storeID("N1"), "title": "Sweep", "kind": "CLEANING", "dueAt": now.Format(time.RFC3339)}},
		"recordStockMovements": {"movements", vars{"storeCode": "N1", "sku": "100", "kind": "RECEIPT", "quantity": 1}},
	} {
		for n, want := range map[int]string{0: "REQUIRED", 1001: "TOO_MANY"} {
			rows := make([]any, n)
			for i := range rows {
				rows[i] = bulk.row
			}
			got := a.mutate(t, a.as("admin"), mutation(mutationName, "rejected { index }"), vars{bulk.list: rows})

			field := fmt.Sprint(got.at("userErrors.0.field"))
			if got.code() != want || field != "["+bulk.list+"]" || got.rejected() != "" {
				t.Errorf("%s with %d rows: %.300s, want %s about %s", mutationName, n, got.JSON, want, bulk.list)
			}
		}
	}
}
