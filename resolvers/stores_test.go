package resolvers_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
)

func TestStoresAndRegionsAreFoundByCode(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, test := range []struct {
		login, document string
		variables       vars
		want            any // the id
	}{
		{"admin", `{ found: store(by: {code: "N2"}) { id } }`, nil, a.storeID("N2")},
		{"admin", `query($by: StoreLookup!) { found: store(by: $by) { id } }`, vars{"by": vars{"code": "N2"}}, a.storeID("N2")},
		{"admin", `query($code: String!) { found: store(by: {code: $code}) { id } }`, vars{"code": "N2"}, a.storeID("N2")},
		{"admin", `{ found: store(by: {code: "unknown"}) { id } }`, nil, nil},
		{"admin", `{ found: store(by: {code: "a\u0000b"}) { id } }`, nil, nil},
		{"admin", `{ found: region(by: {code: "a\u0000b"}) { id } }`, nil, nil},
		{"admin", `{ found: employee(by: {login: "a\u0000b"}) { id } }`, nil, nil},
		{"manager.n1", `{ found: store(by: {code: "N1"}) { id } }`, nil, a.storeID("N1")},
		{"manager.n1", `{ found: store(by: {code: "N2"}) { id } }`, nil, nil},
		{"region.n", `{ found: store(by: {code: "S1"}) { id } }`, nil, nil},
		{"admin", `{ found: region(by: {code: "S"}) { id } }`, nil, a.regionID("S")},
		{"admin", `query($by: RegionLookup!) { found: region(by: $by) { id } }`, vars{"by": vars{"code": "S"}}, a.regionID("S")},
		{"region.n", `{ found: region(by: {code: "N"}) { id } }`, nil, a.regionID("N")},
		{"region.n", `{ found: region(by: {code: "S"}) { id } }`, nil, nil},
	} {
		got := a.mustQuery(t, a.as(test.login), test.document, test.variables)
		if got.at("found.id") != test.want {
			t.Errorf("%s %s: got %s, want %v", test.login, test.document, got.JSON, test.want)
		}
	}
}

func TestLookupsTakeExactlyOneKey(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, object := range []string{"store", "region"} {
		for document, want := range map[string]string{
			`{ OBJECT { id } }`:                                  "id and by are both missing. Send exactly one of them.",
			`{ OBJECT(id: null, by: null) { id } }`:              "id and by are both missing. Send exactly one of them.",
			`{ OBJECT(id: "OBJECT_x", by: {code: "N"}) { id } }`: "id and by were both sent. Send exactly one of them.",
		} {
			got := a.query(t, a.as("admin"), strings.ReplaceAll(document, "OBJECT", object), nil)
			if len(got.Errors) != 1 || !strings.Contains(got.Errors[0], want) {
				t.Errorf("%s %s: got %v, want %q", object, document, got.Errors, want)
			}
		}
		for _, by := range []string{`{}`, `{code: null}`} {
			params := &graphql.RawParams{Query: fmt.Sprintf(`{ %s(by: %s) { id } }`, object, by)}
			_, errs := a.executor.CreateOperationContext(graphql.StartOperationTrace(t.Context()), params)
			if len(errs) != 1 || !strings.Contains(errs[0].Message, "must specify exactly one key") && !strings.Contains(errs[0].Message, "must be non-null") {
				t.Errorf("%s by %s: %v", object, by, errs)
			}
		}
		document := fmt.Sprintf(`query($by: %sLookup!) { %s(by: $by) { id } }`, strings.ToUpper(object[:1])+object[1:], object)
		for _, by := range []vars{{}, {"code": nil}} {
			got := a.query(t, a.as("admin"), document, vars{"by": by})
			if len(got.Errors) != 1 || !strings.Contains(got.Errors[0], "by.code is missing or null. Send exactly one key.") || got.at(object) != nil {
				t.Errorf("%s by the variable %v: got %s %v", object, by, got.JSON, got.Errors)
			}
		}
	}
}

func TestStoresAreListedInEachOrder(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for code, name := range map[string]string{"N1": "B", "N2": "C", "S1": "A"} {
		if _, err := a.pool.Exec(t.Context(), "UPDATE stores.store SET name = $2 WHERE id = $1", a.store[code], name); err != nil {
			t.Fatal(err)
		}
	}
	for order, want := range map[string][2]string{ // of all stores, and of the region N
		"CODE_ASC": {"N1 N2 S1", "N1 N2"}, "CODE_DESC": {"S1 N2 N1", "N2 N1"},
		"NAME_ASC": {"S1 N1 N2", "N1 N2"}, "NAME_DESC": {"N2 N1 S1", "N2 N1"},
	} {
		got := [2]string{strings.Join(a.collect(t, "admin", "stores(orderBy: "+order+")", "code", 1), " ")}
		document := `query($after: String) { region(by: {code: "N"}) { stores(first: 1, after: $after, orderBy: ` + order + `) {
			edges { node { code } } pageInfo { endCursor } } } }`
		first := a.mustQuery(t, a.as("admin"), document, nil)
		second := a.mustQuery(t, a.as("admin"), document, vars{"after": first.at("region.stores.pageInfo.endCursor")})
		got[1] = fmt.Sprint(first.at("region.stores.edges.0.node.code"), " ", second.at("region.stores.edges.0.node.code"))
		if got != want {
			t.Errorf("%s: got %q, want %q", order, got, want)
		}
	}
	cursor := a.mustQuery(t, a.as("admin"), `{ stores(first: 1) { pageInfo { endCursor } } }`, nil).at("stores.pageInfo.endCursor")
	for _, order := range []string{"CODE_DESC", "NAME_ASC", "NAME_DESC"} {
		got := a.query(t, a.as("admin"), `query($after: String) { stores(after: $after, orderBy: `+order+`) { edges { cursor } } }`, vars{"after": cursor})
		if len(got.Errors) != 1 || !strings.Contains(got.Errors[0], "is not a cursor of this list") {
			t.Errorf("%s with a cursor of CODE_ASC: %v", order, got.Errors)
		}
	}
}

// N1 and S1 have overdue tasks, and N2 has none.
func TestStoresAreFilteredByOverdueTasks(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	if _, err := a.pool.Exec(t.Context(), "UPDATE tasks.task SET due_at = $2 WHERE store_id = $1 AND due_at < $2", a.store["N2"], now); err != nil {
		t.Fatal(err)
	}
	codes := func(got response, path string) string {
		var list []string
		edges, _ := got.at(path + ".edges").([]any)
		for i := range edges {
			list = append(list, fmt.Sprint(got.at(fmt.Sprintf("%s.edges.%d.node.code", path, i))))
		}
		return strings.Join(list, " ")
	}
	const document = `query($has: Boolean) {
		stores(filter: {hasOverdueTasks: $has}) { totalCount edges { node { code } } }
		regions { edges { node { stores(filter: {hasOverdueTasks: $has}) { totalCount edges { node { code } } } } } }
	}`
	for _, test := range []struct {
		login    string
		has      any
		all, ofN string // stores of the list, and of the first region
	}{
		{"admin", true, "N1 S1", "N1"},
		{"admin", false, "N2", "N2"},
		{"admin", nil, "N1 N2 S1", "N1 N2"},
		{"region.n", true, "N1", "N1"},
		{"region.n", false, "N2", "N2"},
		{"manager.n2", true, "", ""},
		{"manager.n2", false, "N2", "N2"},
	} {
		got := a.mustQuery(t, a.as(test.login), document, vars{"has": test.has})
		all, ofN := codes(got, "stores"), codes(got, "regions.edges.0.node.stores")
		if all != test.all || ofN != test.ofN || got.at("stores.totalCount") != float64(len(strings.Fields(test.all))) {
			t.Errorf("%s %v: got %q and %q, want %q and %q", test.login, test.has, all, ofN, test.all, test.ofN)
		}
	}
	if pages := a.collect(t, "admin", "stores(filter: {hasOverdueTasks: true}, orderBy: CODE_DESC)", "code", 1); !slices.Equal(pages, []string{"S1", "N1"}) {
		t.Errorf("page by page: %v", pages)
	}
	without := a.mustQuery(t, a.as("admin"), `{ stores { edges { node { code } } } }`, nil)
	with := a.mustQuery(t, a.as("admin"), `{ stores(filter: {hasOverdueTasks: true}) { edges { node { code } } } a: stores(filter: {hasOverdueTasks: false}) { edges { node { code } } } }`, nil)
	if with.Statements != 2*without.Statements+1 {
		t.Errorf("two filtered lists took %d statements, one list takes %d", with.Statements, without.Statements)
	}
}

func TestFilterByOverdueTasksRequiresTasksRead(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	partner := a.asPartner(t, "stores:read")

	got := a.query(t, partner, `{ stores(filter: {hasOverdueTasks: true}) { edges { node { code } } } }`, nil)

	want := `"StoreFilter.hasOverdueTasks" requires the permission TASKS_READ.`
	if len(got.Errors) != 1 || !strings.Contains(got.Errors[0], want) || got.at("stores") != nil {
		t.Errorf("got %s %v", got.JSON, got.Errors)
	}
}

const regionFigures = `storeCount unfinishedTaskCount overdueTaskCount
	kpis(from: "2026-02-28", to: "2026-03-02") { tasksCompleted onTimeRate medianSecondsToComplete nps feedbackCount days { date tasksCompleted onTimeRate nps } }`

func TestRegionSumsUpItsStores(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.insertDays(t, "N1")
	if _, err := a.pool.Exec(t.Context(), `INSERT INTO kpis.day VALUES ($1, '2026-02-28', 2, 0, '{700, 10}', 1, 0, 1), ($2, '2026-02-28', 9, 9, '{1}', 9, 9, 0)`,
		a.store["N2"], a.store["S1"]); err != nil {
		t.Fatal(err)
	}
	region := func(stores, unfinished, overdue float64, kpis map[string]any) map[string]any {
		return map[string]any{"storeCount": stores, "unfinishedTaskCount": unfinished, "overdueTaskCount": overdue, "kpis": kpis}
	}
	kpis := func(completed, onTime, median, nps, feedback any, days ...any) map[string]any {
		return map[string]any{
			"tasksCompleted": completed, "onTimeRate": onTime, "medianSecondsToComplete": median, "nps": nps, "feedbackCount": feedback, "days": days,
		}
	}
	day := func(date string, completed, onTime, nps any) map[string]any {
		return map[string]any{"date": date, "tasksCompleted": completed, "onTimeRate": onTime, "nps": nps}
	}
	both := kpis(6.0, 0.5, 150.0, 100*1/6.0, 6.0, // of 10, 60, 120, 180, 600 and 700 seconds the median is 150
		day("2026-02-28", 5.0, 2/5.0, 0.0), day("2026-03-01", 0.0, nil, nil), day("2026-03-02", 1.0, 1.0, 100.0))
	n1 := kpis(4.0, 0.75, 150.0, 40.0, 5.0,
		day("2026-02-28", 3.0, 2/3.0, 25.0), day("2026-03-01", 0.0, nil, nil), day("2026-03-02", 1.0, 1.0, 100.0))
	for login, want := range map[string]map[string]any{
		"admin":      region(2, 2*openTasks, 2, both),
		"region.n":   region(2, 2*openTasks, 2, both),
		"manager.n1": region(1, openTasks, 1, n1), // of the stores that they see
	} {
		got := a.mustQuery(t, a.as(login), `query($id: ID!) { store(id: $id) { region { `+regionFigures+` } } }`, vars{"id": a.storeID("N1")})
		if diff := cmp.Diff(want, got.at("store.region")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", login, diff)
		}
	}
}

// The ids of the stores, their workloads and their days.
func TestFiguresOfAllRegionsTakeThreeStatements(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	without := a.mustQuery(t, a.as("admin"), `{ regions { edges { node { code } } } }`, nil)
	with := a.mustQuery(t, a.as("admin"), `{ regions { edges { node { `+regionFigures+` createdAt updatedAt } } } }`, nil)

	if with.Statements-without.Statements != 3 {
		t.Errorf("the figures of all regions took %d statements", with.Statements-without.Statements)
	}
	if with.at("regions.edges.0.node.storeCount") != 2.0 || with.at("regions.edges.1.node.storeCount") != 1.0 ||
		with.at("regions.edges.0.node.createdAt") == nil || with.at("regions.edges.0.node.updatedAt") == nil {
		t.Errorf("got %s", with.JSON)
	}
}

func TestUpdateRegionTellsOmittedFromNull(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const shown = "region { name version }"
	for _, step := range []struct {
		input vars
		code  string
		want  map[string]any
	}{
		{vars{}, "", map[string]any{"name": "Region N", "version": 1.0}},
		{vars{"name": "North"}, "", map[string]any{"name": "North", "version": 2.0}},
		{vars{"name": nil}, "REQUIRED", nil},
		{vars{"name": " "}, "REQUIRED", nil},
		{vars{"name": strings.Repeat("x", 201)}, "TOO_LONG", nil},
	} {
		step.input["regionId"] = a.regionID("N")
		got := a.mutate(t, a.as("admin"), mutation("updateRegion", shown), step.input)
		region, _ := got.at("region").(map[string]any)
		if diff := cmp.Diff(step.want, region); diff != "" || got.code() != step.code || step.code != "" && got.field() != "name" {
			t.Errorf("%v: %s", step.input, got.JSON)
		}
	}
}

func TestErrorsOfNewStoresAndRegionsNameTheField(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.mutate(t, a.as("admin"), mutation("createRegion", "region { id }"), vars{"code": "W", "name": "West"})
	west := a.mustQuery(t, a.as("admin"), `{ region(by: {code: "W"}) { id } }`, nil).at("region.id")
	a.mutate(t, a.as("admin"), mutation("closeRegion", "region { id }"), vars{"regionId": west})
	periods := slices.Repeat([]any{vars{"weekday": "MONDAY", "opens": "07:00", "closes": "22:00"}}, 51)
	for _, test := range []struct {
		login, mutation string
		changes         vars // of a valid input
		code, field     string
	}{
		{"admin", "createStore", vars{"code": "N1"}, "TAKEN", "code"},
		{"admin", "createStore", vars{"code": " "}, "REQUIRED", "code"},
		{"admin", "createStore", vars{"code": strings.Repeat("x", 65)}, "TOO_LONG", "code"},
		{"admin", "createStore", vars{"name": ""}, "REQUIRED", "name"},
		{"admin", "createStore", vars{"regionId": west}, "CLOSED", "regionId"},
		{"admin", "createStore", vars{"regionId": a.storeID("N1")}, "INVALID", "regionId"},
		{"region.n", "createStore", vars{"regionId": a.regionID("S")}, "NOT_FOUND", "regionId"},
		{"admin", "createStore", vars{"status": "PAUSED"}, "INVALID", "status"},
		{"admin", "createStore", vars{"timezone": ""}, "REQUIRED", "timezone"},
		{"admin", "createStore", vars{"timezone": "Local"}, "INVALID", "timezone"},
		{"admin", "createStore", vars{"address": vars{"city": strings.Repeat("x", 201)}}, "TOO_LONG", "address.city"},
		{"admin", "createStore", vars{"address": vars{"countryCode": "us"}}, "INVALID", "address.countryCode"},
		{"admin", "createStore", vars{"location": vars{"latitude": -90.5, "longitude": 0}}, "INVALID", "location.latitude"},
		{"admin", "createStore", vars{"openingHours": periods}, "TOO_MANY", "openingHours"},
		{"admin", "createStore", vars{"openingHours": periods[:2]}, "INVALID", "openingHours.1"},
		{"admin", "createRegion", vars{"code": "N"}, "TAKEN", "code"},
		{"admin", "createRegion", vars{"name": " "}, "REQUIRED", "name"},
		{"region.n", "createRegion", vars{}, "NOT_ALLOWED", ""},
		{"admin", "closeRegion", vars{"regionId": west}, "CLOSED", "regionId"},
		{"admin", "updateRegion", vars{"regionId": west, "name": "Far west"}, "CLOSED", "regionId"},
		{"region.n", "closeRegion", vars{"regionId": a.regionID("N")}, "NOT_ALLOWED", "regionId"},
	} {
		input := vars{}
		switch test.mutation {
		case "createStore":
			input = vars{"code": "N9", "name": "Ninth", "regionId": a.regionID("N"), "timezone": "America/Chicago"}
		case "createRegion":
			input = vars{"code": "E", "name": "East"}
		}
		maps.Copy(input, test.changes)
		got := a.mutate(t, a.as(test.login), mutation(test.mutation, ""), input)
		if got.code() != test.code || got.field() != test.field {
			t.Errorf("%s by %s with %v: %s", test.mutation, test.login, test.changes, got.JSON)
		}
	}
}
