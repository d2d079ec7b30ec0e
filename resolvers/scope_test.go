package resolvers_test

import (
	"slices"
	"strings"
	"testing"

	"aisle/auth"
	"aisle/store"
	"aisle/store/inventory"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// The objects of the store N1, and the employees who see them.
func TestObjectsOfAStoreAreVisibleToViewersOfTheStore(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	things := map[string]string{
		"store":    store.GlobalID(stores.StorePrefix, a.store["N1"]),
		"employee": store.GlobalID(staff.EmployeePrefix, a.employee["associate.n1"]),
		"stock":    store.GlobalID(inventory.StockPrefix, a.stock["N1 100"]),
		"lot":      store.GlobalID(inventory.LotPrefix, a.lot["N1 100"]),
		"task":     store.GlobalID(tasks.TaskPrefix, a.task["N1 task 0"]),
		"step":     store.GlobalID(tasks.StepPrefix, a.step["N1 task 0 step 1"]),
		"comment":  store.GlobalID(tasks.CommentPrefix, a.comment["N1 task 0 by associate.n1"]),
	}
	see := []string{"admin", "region.n", "manager.n1", "supervisor.n1", "associate.n1"}
	seeNot := []string{"region.s", "manager.n2", "associate.n2", "manager.s1", "associate.s1"}
	for thing, id := range things {
		for _, login := range slices.Concat(see, seeNot) {
			t.Run(thing+" by "+login, func(t *testing.T) {
				t.Parallel()
				got := a.mustQuery(t, a.as(login), `query ($id: ID!) { node(id: $id) { id } }`, vars{"id": id})

				seen, want := got.at("node.id") == id, slices.Contains(see, login)
				if seen != want {
					t.Errorf("seen: %v, want %v", seen, want)
				}
			})
		}
	}
}

// Lists, counts and references show nothing of other stores.
func TestListsContainOnlyObjectsInTheScope(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	lists := map[string]struct {
		document string
		vars     vars
		total    map[string]int // how many each viewer sees
	}{
		"stores": {
			`{ stores { totalCount edges { node { code } } } }`, nil,
			map[string]int{"admin": 3, "region.n": 2, "region.s": 1, "manager.n2": 1, "associate.s1": 1},
		},
		"stores of a foreign region": {
			`query ($id: ID!) { stores(filter: {regionId: $id}) { totalCount edges { node { code } } } }`,
			vars{"id": store.GlobalID(stores.RegionPrefix, a.region["S"])},
			map[string]int{"admin": 1, "region.n": 0, "region.s": 1, "manager.n2": 0},
		},
		"regions": {
			`{ regions { totalCount edges { node { code } } } }`, nil,
			map[string]int{"admin": 2, "region.n": 1, "manager.n2": 1, "associate.s1": 1},
		},
		"tasks": {
			`{ tasks(first: 100) { totalCount edges { node { title } } } }`, nil,
			map[string]int{"admin": 3 * tasksPerStore, "region.n": 2 * tasksPerStore, "manager.n2": tasksPerStore},
		},
		"tasks by creation": {
			`{ tasks(first: 100, orderBy: CREATED_AT_DESC) { totalCount edges { node { title } } } }`, nil,
			map[string]int{"admin": 3 * tasksPerStore, "region.n": 2 * tasksPerStore, "manager.n2": tasksPerStore},
		},
		"tasks of a foreign store": {
			`query ($id: ID!) { tasks(filter: {storeId: $id}) { totalCount edges { node { title } } } }`,
			vars{"id": store.GlobalID(stores.StorePrefix, a.store["S1"])},
			map[string]int{"admin": tasksPerStore, "region.n": 0, "manager.n2": 0, "associate.s1": tasksPerStore},
		},
		"tasks of a foreign region": {
			`query ($id: ID!) { tasks(filter: {regionId: $id}) { totalCount edges { node { title } } } }`,
			vars{"id": store.GlobalID(stores.RegionPrefix, a.region["S"])},
			map[string]int{"admin": tasksPerStore, "region.n": 0, "region.s": tasksPerStore, "manager.n2": 0, "associate.s1": tasksPerStore},
		},
		"tasks of a foreign assignee": {
			`query ($id: ID!) { tasks(filter: {assigneeId: $id}) { totalCount edges { node { title } } } }`,
			vars{"id": store.GlobalID(staff.EmployeePrefix, a.employee["associate.s1"])},
			map[string]int{"admin": tasksPerStore, "region.n": 0, "manager.n2": 0, "associate.s1": tasksPerStore},
		},
		"employees of a foreign store": {
			`query ($id: ID!) { employees(filter: {storeId: $id}) { totalCount edges { node { login } } } }`,
			vars{"id": store.GlobalID(stores.StorePrefix, a.store["S1"])},
			map[string]int{"admin": 4, "region.n": 0, "manager.n2": 0, "manager.s1": 4},
		},
	}
	for name, list := range lists {
		for login, want := range list.total {
			t.Run(name+" by "+login, func(t *testing.T) {
				t.Parallel()
				got := a.mustQuery(t, a.as(login), list.document, list.vars)

				for field := range got.Data {
					edges, _ := got.at(field + ".edges").([]any)
					if total := got.at(field + ".totalCount"); total != float64(want) || len(edges) != want {
						t.Errorf("totalCount %v and %d entries, want %d: %s", total, len(edges), want, got.JSON)
					}
				}
			})
		}
	}
}

func TestEmployeesSeeTheirStoreAndItsManagers(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	logins := func(viewer string) string {
		return strings.Join(a.collect(t, viewer, "employees", "login", 100), " ")
	}

	if got, want := logins("associate.n1"), "admin associate.n1 gone.n1 manager.n1 region.n supervisor.n1"; got != want {
		t.Errorf("an associate sees %s, want %s", got, want)
	}
	if got := logins("region.s"); strings.Contains(got, ".n") {
		t.Errorf("a region manager sees another region: %s", got)
	}
}

// The stock of another store stays hidden, although the product is visible to everybody.
func TestStockOutsideTheScopeIsNull(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	got := a.mustQuery(t, a.as("manager.n2"), operation(t, "mobile/ScanProduct.graphql"), vars{
		"barcode": "A100", "storeId": store.GlobalID(stores.StorePrefix, a.store["N1"]),
	})

	if got.at("product.sku") != "100" || got.at("product.stock") != nil {
		t.Errorf("got %s", got.JSON)
	}
}

// Two checks protect against anonymous viewers: the schema rejects fields that are not public, and the empty scope
// matches no row.
func TestAnonymousSeesNothing(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	got := a.query(t, auth.Viewer{}, `{ stores { totalCount } }`, nil)
	seen, err := a.resolver.Modules.Stores.Count(t.Context(), auth.Scope{}, stores.Filter{})

	if got.JSON != "null" || !slices.Equal(got.Errors, []string{auth.ErrUnauthenticated.Error()}) {
		t.Errorf("got %s, %q", got.JSON, got.Errors)
	}
	if seen != 0 || err != nil {
		t.Errorf("the empty scope sees %d stores, %v", seen, err)
	}
}

// A viewer without the permission of a type does not get its objects by id.
func TestNodesWithoutPermissionAreNull(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	viewer := a.as("associate.n1")
	viewer.Role = "NOTHING"
	ids := []any{a.storeID("N1"), a.employeeID("associate.n1"), a.taskID("N1 task 0"), a.productID("100")}

	got := a.mustQuery(t, viewer, `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, vars{"ids": ids})

	if got.JSON != `{"nodes":[null,null,null,null]}` || got.Statements != 0 {
		t.Errorf("got %s with %d statements", got.JSON, got.Statements)
	}
}
