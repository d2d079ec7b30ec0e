package resolvers_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aisle/store"
)

// The path of an error leads from the input, or from the rejected row, down to the value that is wrong.
func TestErrorsHaveThePathToTheLeaf(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	long := strings.Repeat("x", 5001)
	unknown := func(prefix string) string { return store.GlobalID(prefix, store.NewID()) }
	const due = "2026-03-02T20:00:00Z"
	price := func(amount, currency string) vars {
		return vars{"storeCode": "N1", "sku": "100", "price": vars{"amount": amount, "currency": currency}}
	}
	product := func(field string, value any) vars { return vars{"sku": "100", "name": "Milk", field: value} }
	move := func(field string, value any) vars {
		row := vars{"storeCode": "N1", "sku": "100", "kind": "RECEIPT", "quantity": 1}
		row[field] = value
		return row
	}
	task := func(field string, value any) vars {
		return vars{"storeId": a.storeID("N1"), "title": "Mop", "kind": "CLEANING", "dueAt": due, field: value}
	}
	steps := []any{vars{"title": "one"}, vars{"title": "two"}, vars{"title": " "}}
	hours := func(opens, closes string) []any {
		return []any{vars{"weekday": "MONDAY", "opens": "08:00", "closes": "20:00"}, vars{"weekday": "TUESDAY", "opens": opens, "closes": closes}}
	}
	storeChange := func(field string, value any) vars { return vars{"storeId": a.storeID("N1"), field: value} }
	barcodes := []any{":1", ":2", ":3", "7394376616038"}
	template := func(field string, value any) vars {
		return vars{"code": "T", "title": "Mop", "kind": "CLEANING", field: value}
	}

	type row struct {
		mutation, list string
		row            vars
		code           string
		path           []any
	}
	for name, c := range map[string]row{
		"a negative amount":         {"setPrices", "prices", price("-1", "USD"), "INVALID", []any{"price", "amount"}},
		"an amount with 3 decimals": {"setPrices", "prices", price("1.234", "USD"), "INVALID", []any{"price", "amount"}},
		"a currency":                {"setPrices", "prices", price("1", "dollars"), "INVALID", []any{"price", "currency"}},
		"a blank name":              {"upsertProducts", "products", product("name", " "), "REQUIRED", []any{"name"}},
		"a long brand":              {"upsertProducts", "products", product("brand", long), "TOO_LONG", []any{"brand"}},
		"an unknown category":       {"upsertProducts", "products", product("categoryCode", "NOPE"), "NOT_FOUND", []any{"categoryCode"}},
		"the fourth barcode":        {"upsertProducts", "products", product("barcodes", barcodes), "INVALID", []any{"barcodes", "3"}},
		"an unknown store":          {"recordStockMovements", "movements", move("storeCode", "N9"), "NOT_FOUND", []any{"storeCode"}},
		"an unknown product":        {"recordStockMovements", "movements", move("sku", "nope"), "NOT_FOUND", []any{"sku"}},
		"a long reference":          {"recordStockMovements", "movements", move("reference", long), "TOO_LONG", []any{"reference"}},
		"the third step":            {"createTasks", "tasks", task("steps", steps), "REQUIRED", []any{"steps", "2", "title"}},
		"a long title":              {"createTasks", "tasks", task("title", long), "TOO_LONG", []any{"title"}},
		"an unknown assignee":       {"createTasks", "tasks", task("assigneeId", unknown("employee")), "NOT_FOUND", []any{"assigneeId"}},
		"no store":                  {"createTasks", "tasks", task("storeId", unknown("store")), "NOT_FOUND", []any{"storeId"}},
	} {
		got := a.mutate(t, a.as("admin"), mutation(c.mutation, "rejected { index code message field }"), vars{c.list: []any{c.row}})
		if got.at("rejected.0.code") != c.code || got.at("userErrors.0") != nil {
			t.Errorf("%s, %s: got %.500s, want %s", c.mutation, name, got.JSON, c.code)
		}
		if diff := cmp.Diff(c.path, got.at("rejected.0.field")); diff != "" {
			t.Errorf("%s, %s: the path (-want +got):\n%s", c.mutation, name, diff)
		}
	}

	type whole struct {
		mutation string
		input    vars
		code     string
		path     []any
	}
	for name, c := range map[string]whole{
		"closes at no time":        {"updateStore", storeChange("openingHours", hours("08:00", "25:00")), "INVALID", []any{"openingHours", "1", "closes"}},
		"opens at no time":         {"updateStore", storeChange("openingHours", hours("8", "20:00")), "INVALID", []any{"openingHours", "1", "opens"}},
		"a long street":            {"updateStore", storeChange("address", vars{"street": long}), "TOO_LONG", []any{"address", "street"}},
		"a country":                {"updateStore", storeChange("address", vars{"countryCode": "usa"}), "INVALID", []any{"address", "countryCode"}},
		"a latitude":               {"updateStore", storeChange("location", vars{"latitude": 91, "longitude": 0}), "INVALID", []any{"location", "latitude"}},
		"a store's name is null":   {"updateStore", storeChange("name", nil), "REQUIRED", []any{"name"}},
		"a template's third step":  {"createTaskTemplate", template("steps", steps), "REQUIRED", []any{"steps", "2", "title"}},
		"a template's long title":  {"createTaskTemplate", template("title", long), "TOO_LONG", []any{"title"}},
		"a partner's second store": {"createPartner", vars{"name": "P", "scopes": []any{"EVENTS_READ"}, "storeAccess": "SELECTED", "storeIds": []any{a.storeID("N1"), unknown("store")}}, "NOT_FOUND", []any{"storeIds", "1"}},
		"an unknown task":          {"startTask", vars{"taskId": unknown("task")}, "NOT_FOUND", []any{"taskId"}},
		"one step too many":        {"createTaskTemplate", template("steps", manySteps(51)), "TOO_MANY", []any{"steps"}},
	} {
		got := a.mutate(t, a.as("admin"), mutation(c.mutation, ""), c.input)
		if got.code() != c.code {
			t.Errorf("%s, %s: got %.500s, want %s", c.mutation, name, got.JSON, c.code)
		}
		if diff := cmp.Diff(c.path, got.at("userErrors.0.field")); diff != "" {
			t.Errorf("%s, %s: the path (-want +got):\n%s", c.mutation, name, diff)
		}
	}
}

func manySteps(n int) []any {
	steps := make([]any, n)
	for i := range steps {
		steps[i] = vars{"title": "step"}
	}
	return steps
}
