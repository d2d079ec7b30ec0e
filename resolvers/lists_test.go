package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"aisle/loaders"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/staff"
	"aisle/store/stores"
)

// collect reads a list page by page and returns one field of its entries.
func (a *api) collect(t *testing.T, login, list, field string, size int) []string {
	t.Helper()
	var values []string
	var after any
	name, arguments, _ := strings.Cut(list, "(")
	for range 100 {
		document := fmt.Sprintf(
			`query ($after: String) {
				%s(first: %d, after: $after, %s) { edges { node { %s } } pageInfo { hasNextPage hasPreviousPage endCursor } }
			}`,
			name, size, strings.TrimSuffix(arguments, ")"), field)
		got := a.mustQuery(t, a.as(login), strings.ReplaceAll(document, ", )", ")"), vars{"after": after})
		edges, _ := got.at(name + ".edges").([]any)
		for i := range edges {
			values = append(values, fmt.Sprint(got.at(fmt.Sprintf("%s.edges.%d.node.%s", name, i, field))))
		}
		if got.at(name+".pageInfo.hasPreviousPage") != (after != nil) {
			t.Errorf("hasPreviousPage is wrong after %v", after)
		}
		if got.at(name+".pageInfo.hasNextPage") == false {
			return values
		}
		after = got.at(name + ".pageInfo.endCursor")
	}
	t.Fatal("the list has no end")
	return nil
}

// Pages of any size add up to the same list, without duplicates or gaps.
func TestPagesAddUpToTheList(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for list, field := range map[string]string{
		"stores": "code", "stores(orderBy: CODE_DESC)": "code", "stores(orderBy: NAME_ASC)": "code", "stores(orderBy: NAME_DESC)": "code",
		"regions": "code", "regions(filter: {search: \"region\"})": "code", "employees": "login", "products": "sku",
		"tasks": "title", "tasks(orderBy: CREATED_AT_DESC)": "title", "taskTemplates": "code",
		"tasks(orderBy: CREATED_AT_ASC)": "title", "tasks(orderBy: DUE_AT_ASC)": "title", "tasks(orderBy: DUE_AT_DESC)": "title",
		"tasks(filter: {status: [COMPLETED]}, orderBy: CREATED_AT_DESC)": "title",
	} {
		t.Run(list, func(t *testing.T) {
			t.Parallel()
			whole := a.collect(t, "admin", list, field, 100)
			for _, size := range []int{1, 2, 3} {
				if pages := a.collect(t, "admin", list, field, size); !slices.Equal(pages, whole) {
					t.Errorf("pages of %d: %v, want %v", size, pages, whole)
				}
			}
			if len(whole) == 0 {
				t.Error("the list is empty")
			}
		})
	}
}

func TestFiltersNarrowLists(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	dairy := store.GlobalID(catalog.CategoryPrefix, a.category["DAIRY"])
	fresh := store.GlobalID(catalog.CategoryPrefix, a.category["FRESH"])
	south := store.GlobalID(stores.RegionPrefix, a.region["S"])
	associate := store.GlobalID(staff.EmployeePrefix, a.employee["associate.n2"])
	n1 := a.storeID("N1")
	tests := map[string]string{ // a list with a filter, and what it shows
		`stores(filter: {regionId: "` + south + `"}) code`:                                                    "S1",
		`stores(filter: {status: [PLANNED, OPEN], search: "store n"}) code`:                                   "N1 N2",
		`stores(filter: {search: "100%"}) code`:                                                               "",
		`stores(filter: {search: "_"}) code`:                                                                  "",
		`regions(filter: {search: "region n"}) code`:                                                          "N",
		`regions(filter: {search: "n"}) code`:                                                                 "N S", // "Region"
		`regions(filter: {status: [OPEN]}) code`:                                                              "N S",
		`regions(filter: {status: [CLOSED]}) code`:                                                            "",
		`regions(filter: {status: [OPEN, CLOSED], search: "S"}) code`:                                         "S",
		`stores(filter: {status: CLOSED}) code`:                                                               "",
		`employees(filter: {role: [REGION_MANAGER, ADMIN]}) login`:                                            "admin region.n region.s",
		`employees(filter: {status: [LEFT, ON_LEAVE]}) login`:                                                 "gone.n1 gone.n2 gone.s1",
		`employees(filter: {status: [ON_LEAVE]}) login`:                                                       "",
		`employees(filter: {search: "MS SUPERVISOR.N"}) login`:                                                "supervisor.n1 supervisor.n2",
		`products(filter: {search: "alpina"}) sku`:                                                            "100 200",
		`products(filter: {search: "product 3"}) sku`:                                                         "300",
		`products(filter: {categoryId: "` + dairy + `"}) sku`:                                                 "100 200",
		`products(filter: {categoryId: "` + fresh + `"}) sku`:                                                 "100 200", // from below it
		`products(filter: {categoryId: "` + store.GlobalID("category", store.NewID()) + `"}) sku`:             "",
		`taskTemplates(filter: {kind: [EXPIRY_CHECK, INCIDENT]}) code`:                                        "DAIRY",
		`taskTemplates(filter: {kind: [INCIDENT]}) code`:                                                      "",
		`taskTemplates(filter: {search: "the DAI"}) code`:                                                     "DAIRY",
		`taskTemplates(filter: {search: "dairy check"}) code`:                                                 "DAIRY", // code and title
		`taskTemplates(filter: {search: "windows"}) code`:                                                     "",
		`taskTemplates(filter: {isArchived: false}) code`:                                                     "DAIRY",
		`taskTemplates(filter: {isArchived: true}) code`:                                                      "",
		`tasks(filter: {status: [COMPLETED]}) title`:                                                          "N1 task 6 N2 task 6 S1 task 6",
		`tasks(filter: {kind: [CLEANING]}) title`:                                                             "",
		`tasks(filter: {priority: [HIGH], status: [COMPLETED]}) title`:                                        "N1 task 6 N2 task 6 S1 task 6",
		`tasks(filter: {priority: [LOW, URGENT]}) title`:                                                      "",
		`tasks(filter: {isUnfinished: false}) title`:                                                          "N1 task 6 N2 task 6 S1 task 6",
		`tasks(filter: {isUnfinished: true, status: [COMPLETED]}) title`:                                      "",
		`tasks(filter: {isUnfinished: true, storeId: "` + n1 + `"}) title`:                                    "N1 task 0 N1 task 1 N1 task 2 N1 task 3 N1 task 4 N1 task 5",
		`tasks(filter: {isOverdue: true}) title`:                                                              "N1 task 0 N2 task 0 S1 task 0",
		`tasks(filter: {isOverdue: true, dueBefore: "2000-01-01T00:00:00Z"}) title`:                           "",
		`tasks(filter: {isOverdue: true, isUnfinished: false}) title`:                                         "",
		`tasks(filter: {isOverdue: false, storeId: "` + n1 + `"}) title`:                                      "N1 task 1 N1 task 2 N1 task 3 N1 task 4 N1 task 5 N1 task 6",
		`tasks(filter: {storeId: "` + n1 + `", status: [COMPLETED]}) title`:                                   "N1 task 6",
		`tasks(filter: {regionId: "` + south + `", isOverdue: true}) title`:                                   "S1 task 0",
		`tasks(filter: {regionId: "` + south + `", storeId: "` + n1 + `"}) title`:                             "",
		`tasks(filter: {regionId: "` + store.GlobalID(stores.RegionPrefix, store.NewID()) + `"}) title`:       "",
		`tasks(filter: {search: "n1 TASK 3"}) title`:                                                          "N1 task 3",
		`tasks(filter: {search: "%"}) title`:                                                                  "",
		`tasks(filter: {assigneeId: "` + associate + `", status: [COMPLETED]}) title`:                         "N2 task 6",
		`tasks(filter: {dueBefore: "2026-03-02T17:00:00Z"}) title`:                                            "N1 task 0 N2 task 0 S1 task 0",
		`tasks(filter: {dueFrom: "2026-03-02T17:30:00+00:00", dueBefore: "2026-03-02T13:30:00-05:00"}) title`: "N1 task 1 N2 task 1 S1 task 1",
	}
	for test, want := range tests {
		t.Run(test, func(t *testing.T) {
			t.Parallel()
			cut := strings.LastIndex(test, " ")

			got := a.collect(t, "admin", test[:cut], test[cut+1:], 100)

			slices.Sort(got)
			if joined := strings.Join(got, " "); joined != want {
				t.Errorf("got %q, want %q", joined, want)
			}
		})
	}
}

func TestErrorsOfInvalidArgumentsSayWhatWouldBeRight(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	cursor := a.mustQuery(t, a.as("admin"), `{ stores { pageInfo { endCursor } } }`, nil).at("stores.pageInfo.endCursor")
	task := store.GlobalID("task", a.task["N1 task 0"])
	tests := map[string]string{
		`{ stores(first: 0) { totalCount } }`:                                               "first is 0. It must be 1 to 100.",
		`{ stores(first: 101) { totalCount } }`:                                             "first is 101. It must be 1 to 100.",
		`{ stores(after: "garbage") { totalCount } }`:                                       `"garbage" is not a cursor of this list`,
		`{ tasks(after: "` + fmt.Sprint(cursor) + `") { totalCount } }`:                     "is not a cursor of this list",
		`{ regions(after: "` + fmt.Sprint(cursor) + `") { totalCount } }`:                   "is not a cursor of this list",
		`{ store(id: "` + task + `") { id } }`:                                              "An id of the kind store (store_...) is required.",
		`{ store(id: "12") { id } }`:                                                        `"12" is not an id`,
		`{ node(id: "session_00000000000000000000000000") { id } }`:                         "which node and nodes do not load.",
		`{ product { id } }`:                                                                "Send exactly one of id, sku and barcode.",
		`{ product(sku: "1", barcode: "2") { id } }`:                                        "Send exactly one of id, sku and barcode.",
		`{ stores(filter: {search: "` + strings.Repeat("x", 201) + `"}) { totalCount } }`:   "has 201 characters. It may have up to 200.",
		`{ stores(filter: {search: "a\u0000b"}) { totalCount } }`:                           "contains NUL or invalid UTF-8.",
		`{ partners(filter: {search: "a\u0000b"}) { totalCount } }`:                         "contains NUL or invalid UTF-8.",
		`{ partners(filter: {search: "` + strings.Repeat("x", 201) + `"}) { totalCount } }`: "has 201 characters. It may have up to 200.",
		`query ($order: TaskOrder) { tasks(orderBy: $order) { totalCount } }`:               "orderBy is null. Send DUE_AT_ASC, DUE_AT_DESC, CREATED_AT_ASC or CREATED_AT_DESC, or omit it.",
	}
	for document, says := range tests {
		t.Run(document[:min(len(document), 60)], func(t *testing.T) {
			t.Parallel()
			got := a.query(t, a.as("admin"), document, vars{"order": nil})

			if len(got.Errors) == 0 || !strings.Contains(got.Errors[0], says) {
				t.Errorf("got %v, want %q", got.Errors, says)
			}
		})
	}
}

func TestErrorOfAnInvalidIDNamesTheArgument(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for document, about := range map[string]string{
		`{ store(id: "x") { id } }`:                                     "id",
		`{ node(id: "x") { id } }`:                                      "id",
		`{ nodes(ids: ["x"]) { id } }`:                                  "ids.0",
		`{ nodes(ids: ["session_00000000000000000000000000"]) { id } }`: "ids.0",
		`{ product(id: "x") { id } }`:                                   "id",
		`{ product(sku: "100") { stock(storeId: "x") { id } } }`:        "storeId",
		`{ changes(storeId: "x", after: "x") { cursor } }`:              "storeId",
		`{ changes(storeIds: ["x"], after: "x") { cursor } }`:           "storeIds.0",
		`{ changes(storeCodes: ["N9"], after: "x") { cursor } }`:        "storeCodes.0",
		`{ changes(after: "x") { cursor } }`:                            "after",
		`{ tasks(filter: {storeId: "x"}) { totalCount } }`:              "filter.storeId",
		`{ tasks(filter: {regionId: "x"}) { totalCount } }`:             "filter.regionId",
		`{ employees(filter: {storeId: "x"}) { totalCount } }`:          "filter.storeId",
		`{ stores(filter: {regionId: "x"}) { totalCount } }`:            "filter.regionId",
		`{ products(filter: {categoryId: "x"}) { totalCount } }`:        "filter.categoryId",
		`{ tasks(filter: {assigneeId: "x"}) { totalCount } }`:           "filter.assigneeId",
	} {
		if got := a.query(t, a.as("admin"), document, nil); len(got.ErrorFields) != 1 || got.ErrorFields[0] != about {
			t.Errorf("%s: %v about %v, want %s", document, got.Errors, got.ErrorFields, about)
		}
	}
}

func TestErrorOfAnArgumentHasTheMostSpecificCode(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	ids := make([]any, 101)
	for i := range ids {
		ids[i] = a.storeID("N1")
	}
	for name, c := range map[string]struct {
		document    string
		variable    any
		code, field string
	}{
		"first is 0":             {`query ($v: Int) { stores(first: $v) { totalCount } }`, 0, "INVALID", "first"},
		"first is 101":           {`query ($v: Int) { tasks(first: $v) { totalCount } }`, 101, "INVALID", "first"},
		"orderBy is null":        {`query ($v: TaskOrder) { tasks(orderBy: $v) { totalCount } }`, nil, "REQUIRED", "orderBy"},
		"101 ids":                {`query ($v: [ID!]!) { nodes(ids: $v) { id } }`, ids, "TOO_MANY", "ids"},
		"a long search":          {`query ($v: String) { stores(filter: {search: $v}) { totalCount } }`, strings.Repeat("x", 201), "TOO_LONG", "filter.search"},
		"NUL in a search":        {`query ($v: String) { products(filter: {search: $v}) { totalCount } }`, "a\x00", "INVALID", "filter.search"},
		"a cursor of other list": {`query ($v: String) { regions(after: $v) { totalCount } }`, "x", "INVALID", "after"},
	} {
		got := a.query(t, a.as("admin"), c.document, vars{"v": c.variable})
		if len(got.ErrorCodes) != 1 || got.ErrorCodes[0] != c.code || got.ErrorFields[0] != c.field {
			t.Errorf("%s: %v %v about %v, want %s about %s", name, got.Errors, got.ErrorCodes, got.ErrorFields, c.code, c.field)
		}
	}
}

// Null for filter and first means the same as omitting them.
func TestNullArgumentsOfAListAreOmitted(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	want := a.mustQuery(t, a.as("admin"), `{ stores { edges { node { code } } totalCount } }`, nil)

	got := a.mustQuery(t, a.as("admin"), `{ stores(first: null, after: null, filter: null) { edges { node { code } } totalCount } }`, nil)
	fields := a.mustQuery(t, a.as("admin"), `{ stores(filter: {status: null, search: null, regionId: null}) { edges { node { code } } totalCount } }`, nil)

	if got.JSON != want.JSON || fields.JSON != want.JSON || want.at("totalCount") == 0.0 {
		t.Errorf("got %s and %s, want %s", got.JSON, fields.JSON, want.JSON)
	}
}

func TestSearchTextIsMeasuredInCharacters(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, letter := range []string{"ü", "€"} {
		a.mustQuery(t, a.as("admin"), `query($s: String) { stores(filter: {search: $s}) { totalCount } }`, vars{"s": strings.Repeat(letter, 200)})
	}
}

func TestNodesComeInTheOrderOfTheirIDs(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	n1, s1 := store.GlobalID("store", a.store["N1"]), store.GlobalID("store", a.store["S1"])
	product := store.GlobalID("product", a.product["100"])
	nobody := store.GlobalID("employee", store.NewID())

	got := a.mustQuery(t, a.as("manager.n1"),
		`query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Product { sku } ... on Store { code } } }`,
		vars{"ids": []string{product, s1, n1, nobody, n1}})

	want := fmt.Sprintf(`{"nodes":[{"id":%q,"sku":"100"},null,{"id":%q,"code":"N1"},null,{"id":%q,"code":"N1"}]}`,
		product, n1, n1)
	if got.JSON != want {
		t.Errorf("got %s, want %s", got.JSON, want)
	}
}

// A loader loads a batch in the context of the field that started it, which may finish first.
func TestConcurrentNodesFieldsDoNotCancelEachOther(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.resolver.BatchWait = loaders.DefaultWait
	var document strings.Builder
	for _, id := range a.task {
		fmt.Fprintf(&document, "at%d: node(id: %q) { id } ", document.Len(), store.GlobalID("task", id))
	}

	for range 200 {
		a.mustQuery(t, a.as("admin"), "{ "+document.String()+"}", nil)
	}
}

func TestCategoriesAreATree(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	got := a.mustQuery(t, a.as("associate.n1"), `{ categories { code children { code parent { code } children { code } } } }`, nil)

	want := `{"categories":[{"code":"FRESH","children":[{"code":"DAIRY","parent":{"code":"FRESH"},"children":[]}]}]}`
	if got.JSON != want {
		t.Errorf("got %s", got.JSON)
	}
}

func TestTasksAreListedInEachOrder(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for order, want := range map[string]string{
		"DUE_AT_ASC":      "N1 task 0 N1 task 1 N1 task 2 N1 task 3 N1 task 4 N1 task 5 N1 task 6",
		"DUE_AT_DESC":     "N1 task 6 N1 task 5 N1 task 4 N1 task 3 N1 task 2 N1 task 1 N1 task 0",
		"CREATED_AT_ASC":  "N1 task 6 N1 task 5 N1 task 4 N1 task 3 N1 task 2 N1 task 1 N1 task 0", // a task's number is its age in hours
		"CREATED_AT_DESC": "N1 task 0 N1 task 1 N1 task 2 N1 task 3 N1 task 4 N1 task 5 N1 task 6",
	} {
		ofViewer := `{ viewer { store { tasks(orderBy: ` + order + `) { totalCount edges { node { title } } } } } }`
		ofEmployee := `{ employee(id: "` + a.employeeID("associate.n1") + `") { tasks(orderBy: ` + order + `) { totalCount edges { node { title } } } } }`
		for document, path := range map[string]string{ofViewer: "viewer.store.tasks", ofEmployee: "employee.tasks"} {
			got := a.mustQuery(t, a.as("manager.n1"), document, nil)
			var titles []string
			for i := range tasksPerStore {
				titles = append(titles, fmt.Sprint(got.at(fmt.Sprintf("%s.edges.%d.node.title", path, i))))
			}
			if strings.Join(titles, " ") != want || got.at(path+".totalCount") != float64(tasksPerStore) {
				t.Errorf("%s by %s: %s", path, order, got.JSON)
			}
		}
		if list := a.collect(t, "manager.n1", "tasks(orderBy: "+order+")", "title", 3); strings.Join(list, " ") != want {
			t.Errorf("pages by %s: %s", order, list)
		}
	}
}

// The tasks of employees are read for all of them at once, and only those of the viewer's stores.
func TestTasksOfEmployees(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	if _, err := a.pool.Exec(t.Context(), "UPDATE tasks.task SET assignee_id = $2 WHERE id = ANY ($1)",
		[]any{a.task["N1 task 1"], a.task["S1 task 1"]}, a.employee["admin"]); err != nil {
		t.Fatal(err)
	}
	document := `{ employees(first: 100) { edges { node { login tasks(filter: {isUnfinished: true, search: "task 1"}) { totalCount edges { node { title } } } } } } }`
	for login, want := range map[string]string{
		"admin":    "admin: N1 task 1 S1 task 1; associate.n2: N2 task 1",
		"region.s": "admin: S1 task 1",
	} {
		got := a.mustQuery(t, a.as(login), document, nil)
		var found []string
		edges, _ := got.at("employees.edges").([]any)
		for i := range edges {
			node := fmt.Sprintf("employees.edges.%d.node.", i)
			var titles []string
			list, _ := got.at(node + "tasks.edges").([]any)
			for n := range list {
				titles = append(titles, fmt.Sprint(got.at(fmt.Sprintf("%stasks.edges.%d.node.title", node, n))))
			}
			if total := got.at(node + "tasks.totalCount"); total != float64(len(titles)) {
				t.Errorf("totalCount %v of %v", total, titles)
			}
			if len(titles) > 0 {
				slices.Sort(titles)
				found = append(found, fmt.Sprintf("%v: %s", got.at(node+"login"), strings.Join(titles, " ")))
			}
		}
		slices.Sort(found)
		if strings.Join(found, "; ") != want {
			t.Errorf("%s sees %q, want %q", login, strings.Join(found, "; "), want)
		}
		if got.Statements > 4 {
			t.Errorf("%d statements, want the region's stores, the employees, a page and a count of tasks", got.Statements)
		}
	}
}
