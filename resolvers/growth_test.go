package resolvers_test

import (
	"testing"

	"aisle/app/demo"
	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
)

// A chain that grows makes no operation send more statements.
func TestStatementsDoNotGrowWithTheChain(t *testing.T) {
	t.Parallel()
	few, many := statementsOnDemoChain(t, 2), statementsOnDemoChain(t, 30)

	for file, want := range few {
		if got := many[file]; got != want {
			t.Errorf("%s: %d statements with 2 stores, %d with 30", file, want, got)
		}
	}
}

// statementsOnDemoChain is how many statements each of the administrators' and one employee's operations sends.
func statementsOnDemoChain(t *testing.T, storeCount int) map[string]int {
	t.Helper()
	pool, err := store.Open(t.Context(), pgtest.New(t), store.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	_, err = demo.Load(t.Context(), pool, demo.Options{
		Stores: storeCount, Products: 1000, Seed: 1, Now: now, PasswordHash: passwordHash,
	})
	if err != nil {
		t.Fatal(err)
	}
	a := newAPIOn(t, pool)
	admin := auth.Viewer{EmployeeID: store.NewID(), SessionID: store.NewID(), Role: auth.RoleAdmin}
	first := a.good(t, admin, `{
		regions(first: 1) { edges { node { id } } }
		stores(first: 1) { edges { node { id stock(first: 1) { edges { node { product { barcodes } } } } } } }
		tasks(first: 1, filter: {status: [DONE]}) { edges { node { id } } }
	}`, nil)
	statements := map[string]int{}
	for file, variables := range map[string]vars{
		"admin/Stores.graphql":      {"first": 100},
		"admin/RegionBoard.graphql": {"regionId": first.at("regions.edges.0.node.id"), "stores": 100, "tasks": 50},
		"mobile/TaskDetail.graphql": {"id": first.at("tasks.edges.0.node.id")},
		"mobile/ScanProduct.graphql": {
			"storeId": first.at("stores.edges.0.node.id"),
			"barcode": first.at("stores.edges.0.node.stock.edges.0.node.product.barcodes.0"),
		},
	} {
		statements[file] = a.good(t, admin, operation(t, file), variables).Statements
	}
	return statements
}
