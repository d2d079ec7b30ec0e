package resolvers_test

import (
	"testing"

	"aisle/app/demo"
	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
	"aisle/store/postgres"
)

// The number of statements does not depend on the number of stores.
func TestStatementsDoNotGrowWithTheChain(t *testing.T) {
	t.Parallel()
	few, many := statementsOnDemoChain(t, 2), statementsOnDemoChain(t, 30)

	for file, want := range few {
		if got := many[file]; got != want {
			t.Errorf("%s: %d statements with 2 stores, %d with 30", file, want, got)
		}
	}
}

// newDemoAPI returns an API on a demo chain and a viewer who sees all of it.
func newDemoAPI(tb testing.TB, storeCount int) (*api, auth.Viewer) {
	tb.Helper()
	pool, err := postgres.Open(tb.Context(), pgtest.New(tb), postgres.Options{MaxConns: 4})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	_, err = demo.Load(tb.Context(), pool, demo.Options{
		Stores: storeCount, Products: 1000, Seed: 1, Now: now, PasswordHash: passwordHash,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return newAPIOn(tb, pool), auth.Viewer{EmployeeID: store.NewID(), SessionID: store.NewID(), Role: auth.RoleAdmin}
}

// statementsOnDemoChain returns the number of statements of each operation of the admin client.
func statementsOnDemoChain(t *testing.T, storeCount int) map[string]int {
	t.Helper()
	a, admin := newDemoAPI(t, storeCount)
	first := a.mustQuery(t, admin, `{
		regions(first: 1) { edges { node { id } } }
		stores(first: 1) { edges { node { id stockLevels(first: 1) { edges { node { product { barcodes } } } } } } }
		tasks(first: 1, filter: {status: [COMPLETED]}) { edges { node { id } } }
	}`, nil)
	statements := map[string]int{}
	for file, variables := range map[string]vars{
		"admin/Stores.graphql":      {"first": 100},
		"admin/RegionBoard.graphql": {"regionId": first.at("regions.edges.0.node.id"), "stores": 100, "tasks": 50},
		"mobile/TaskDetail.graphql": {"id": first.at("tasks.edges.0.node.id")},
		"mobile/ScanProduct.graphql": {
			"storeId": first.at("stores.edges.0.node.id"),
			"barcode": first.at("stores.edges.0.node.stockLevels.edges.0.node.product.barcodes.0"),
		},
	} {
		statements[file] = a.mustQuery(t, admin, operation(t, file), variables).Statements
	}
	return statements
}

// allFieldsQuery requests each field that loads something, below `edges { node }` and across parents. loadingFields is the number of
// them: fields that load the same objects may share a statement, depending on timing.
const loadingFields = 44

const allFieldsQuery = `query ($first: Int!, $store: ID!) { stores(first: $first) { totalCount edges { node {
	region { manager { id } stores(first: 3) { totalCount edges { node { code unfinishedTaskCount } } } }
	manager { id store { id } }
	unfinishedTaskCount overdueTaskCount
	employees(first: 3) { totalCount edges { node { store { id region { manager { id } } } } } }
	tasks(first: 20) { totalCount edges { node {
		store { code }
		assignee { displayName store { manager { id } } }
		product { category { parent { children { id } } } stock(storeId: $store) { price { amount } } }
		template { steps { title } }
		steps { doneBy { displayName } }
		comments(first: 2) { totalCount edges { node { author { displayName } } } }
	} } }
	stockLevels(first: 3) { totalCount edges { node {
		store { code } product { barcodes category { id } } price { amount }
		lots(first: 2) { totalCount edges { node { product { sku } } } }
	} } }
	lots(first: 3) { totalCount edges { node { product { sku } } } }
} } } }`

func TestEachFieldSendsAtMostOneStatement(t *testing.T) {
	t.Parallel()
	a, admin := newDemoAPI(t, 30)
	storeID := a.mustQuery(t, admin, `{ stores(first: 1) { edges { node { id } } } }`, nil).at("stores.edges.0.node.id")
	for _, first := range []int{1, 30} {
		got := a.mustQuery(t, admin, allFieldsQuery, vars{"first": first, "store": storeID})

		if got.Statements > loadingFields {
			t.Errorf("%d statements for %d stores, and %d fields that load something", got.Statements, first, loadingFields)
		}
	}
}

func TestNodesOfOneTypeAreLoadedWithOneStatement(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	ids := make([]string, 0, len(a.task))
	for _, id := range a.task {
		ids = append(ids, store.GlobalID("task", id))
	}

	got := a.mustQuery(t, a.as("admin"), `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, vars{"ids": ids})

	if got.Statements != 1 {
		t.Errorf("%d statements for %d tasks", got.Statements, len(ids))
	}
}
