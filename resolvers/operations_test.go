package resolvers_test

import (
	"fmt"
	"testing"

	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// The maximum number of SQL statements of each query of the clients.
func TestOperationsStayWithinTheirStatementBudget(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	storeID := store.GlobalID(stores.StorePrefix, a.store["N1"])
	tests := []struct {
		file   string
		vars   vars
		budget map[string]int // by viewer; the scope of a region manager costs one statement
		shows  string         // a path that must not be null
	}{
		{"mobile/MobileHome.graphql", nil, map[string]int{"associate.n1": 8, "manager.n1": 8}, "viewer.store.tasks.edges.0.node.assignee.id"},
		{
			"mobile/TaskDetail.graphql",
			vars{"id": store.GlobalID(tasks.TaskPrefix, a.task["N1 task 6"])},
			map[string]int{"associate.n1": 8, "admin": 8, "region.n": 8},
			"node.comments.edges.1.node.author.displayName",
		},
		{
			"mobile/ScanProduct.graphql",
			vars{"barcode": "A100", "storeId": storeID},
			map[string]int{"associate.n1": 6, "admin": 6, "region.n": 6},
			"product.stock.lots.edges.1.node.quantity",
		},
		{"admin/Stores.graphql", nil, map[string]int{"admin": 5, "region.n": 5, "manager.n1": 5}, "stores.edges.0.node.manager.displayName"},
		{
			"admin/StoreKpis.graphql",
			vars{"storeId": storeID, "from": "2025-03-03", "to": "2026-03-02"},
			map[string]int{"admin": 2, "region.n": 3, "manager.n1": 2},
			"store.kpis.days.364.tasksCompleted",
		},
		{
			"admin/RegionBoard.graphql",
			vars{"regionId": store.GlobalID(stores.RegionPrefix, a.region["N"])},
			map[string]int{"admin": 6, "region.n": 6},
			"region.stores.edges.0.node.tasks.edges.4.node.assignee.displayName",
		},
		{"admin/SystemStatus.graphql", nil, map[string]int{"admin": 1}, "system.subscriptions.active"},
	}
	for _, test := range tests {
		for login, budget := range test.budget {
			t.Run(test.file+" by "+login, func(t *testing.T) {
				t.Parallel()
				got := a.mustQuery(t, a.as(login), operation(t, test.file), test.vars)

				if got.Statements > budget {
					t.Errorf("%d statements, %d are the budget", got.Statements, budget)
				}
				if got.at(test.shows) == nil {
					t.Errorf("%s is null in %s", test.shows, got.JSON)
				}
			})
		}
	}
}

func TestStatementsDoNotGrowWithThePage(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	board := operation(t, "admin/RegionBoard.graphql")
	regionID := store.GlobalID(stores.RegionPrefix, a.region["N"])

	one := a.mustQuery(t, a.as("admin"), board, vars{"regionId": regionID, "stores": 1, "tasks": 1})
	all := a.mustQuery(t, a.as("admin"), board, vars{"regionId": regionID, "stores": 100, "tasks": 100})

	if one.Statements != all.Statements {
		t.Errorf("%d statements for one store with one task, %d for all", one.Statements, all.Statements)
	}
}

func TestNestedPageIsLoadedWithOneStatement(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	without := a.mustQuery(t, a.as("admin"), `{ stores { edges { node { id } } } }`, nil)
	with := a.mustQuery(t, a.as("admin"), `{ stores { edges { node { id tasks(first: 5) { edges { node { id } } } } } } }`, nil)

	if with.Statements-without.Statements != 1 {
		t.Errorf("the tasks of all the stores took %d statements", with.Statements-without.Statements)
	}
}

func TestNestedCountsAreLoadedWithOneStatement(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	got := a.mustQuery(t, a.as("admin"), `{ stores { edges { node { tasks(first: 1) { totalCount } } } } }`, nil)

	if got.Statements != 3 {
		t.Errorf("%d statements for the stores, their pages and their counts", got.Statements)
	}
	if got.at("stores.edges.2.node.tasks.totalCount") != float64(tasksPerStore) {
		t.Errorf("wrong counts: %s", got.JSON)
	}
}

func TestMobileHomeShowsOpenTasksByDueTime(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	got := a.mustQuery(t, a.as("associate.n1"), operation(t, "mobile/MobileHome.graphql"), vars{"first": 4})

	if got.at("viewer.store.unfinishedTaskCount") != float64(openTasks) || got.at("viewer.store.overdueTaskCount") != 1.0 {
		t.Errorf("wrong counts: %s", got.JSON)
	}
	for i := range 4 {
		want := fmt.Sprintf("N1 task %d", i)
		if title := got.at(fmt.Sprintf("viewer.store.tasks.edges.%d.node.title", i)); title != want {
			t.Errorf("got %v at %d, want %s", title, i, want)
		}
	}
	if got.at("viewer.store.tasks.edges.0.node.isOverdue") != true || got.at("viewer.store.tasks.edges.1.node.isOverdue") != false {
		t.Errorf("wrong overdue: %s", got.JSON)
	}
	if got.at("viewer.store.tasks.pageInfo.hasNextPage") != true {
		t.Errorf("no next page: %s", got.JSON)
	}
}

func TestScanFindsAProductByAnyFormOfItsBarcode(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	ean := "4006381333900"[:12]
	ean += string(catalog.CheckDigit(ean))
	for _, barcode := range []string{"A100", ean, "0" + ean, " " + ean + " "} {
		t.Run(barcode, func(t *testing.T) {
			t.Parallel()
			got := a.mustQuery(t, a.as("associate.n1"), operation(t, "mobile/ScanProduct.graphql"), vars{
				"barcode": barcode, "storeId": store.GlobalID(stores.StorePrefix, a.store["N1"]),
			})

			if got.at("product.sku") != "100" || got.at("product.stock.price.amount") != "3.10" {
				t.Errorf("got %s", got.JSON)
			}
		})
	}
}

func TestUnknownBarcodeIsNull(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	got := a.mustQuery(t, a.as("associate.n1"), operation(t, "mobile/ScanProduct.graphql"), vars{
		"barcode": "4006381333931", "storeId": store.GlobalID(stores.StorePrefix, a.store["N1"]),
	})

	if got.JSON != `{"product":null}` {
		t.Errorf("got %s", got.JSON)
	}
}
