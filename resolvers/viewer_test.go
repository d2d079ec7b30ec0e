package resolvers_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"aisle/store"
)

func TestViewerIDDiffersFromTheEmployeesID(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	got := a.mustQuery(t, a.as("manager.n1"), `{ viewer { id role employee { id login } partner { id } } }`, nil)

	want := fmt.Sprintf(`{"viewer":{"id":%q,"role":"STORE_MANAGER","employee":{"id":%q,"login":"manager.n1"},"partner":null}}`,
		store.GlobalID("viewer", a.employee["manager.n1"]), a.employeeID("manager.n1"))
	if got.JSON != want {
		t.Errorf("got  %s\nwant %s", got.JSON, want)
	}
}

func TestViewerHasTheSameIDAfterEachSignIn(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	first, second := a.signIn(t, "associate.n1", password), a.signIn(t, "associate.n1", password)

	want := store.GlobalID("viewer", a.employee["associate.n1"])
	if first.at("signIn.viewer.id") != want || second.at("signIn.viewer.id") != want {
		t.Errorf("got %s, then %s, want %s", first.JSON, second.JSON, want)
	}
}

// A viewer is not a node.
func TestNodeDoesNotLoadViewers(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := store.GlobalID("viewer", a.employee["admin"])

	got := a.query(t, a.as("admin"), `query ($id: ID!) { node(id: $id) { id } }`, vars{"id": id})

	want := fmt.Sprintf("%q is an id of the kind viewer, which node and nodes do not load.", id)
	if !slices.Equal(got.Errors, []string{want}) || !slices.Equal(got.ErrorFields, []string{"id"}) {
		t.Errorf("got %q about %q, want %q", got.Errors, got.ErrorFields, want)
	}
}

// The viewer's displayName needs the employee's row: the whole employee costs nothing more.
func TestEmployeeOfTheViewerCostsNoStatement(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, login := range []string{"associate.n1", "region.n", "admin"} {
		without := a.mustQuery(t, a.as(login), `{ viewer { id displayName } }`, nil)
		with := a.mustQuery(t, a.as(login), `{ viewer { id displayName employee { id login hiredOn } } }`, nil)
		if with.Statements != without.Statements {
			t.Errorf("%s: %d statements, %d without the employee", login, with.Statements, without.Statements)
		}
	}
	alone := a.mustQuery(t, a.as("associate.n1"), `{ viewer { displayName store { code } } }`, nil)
	both := a.mustQuery(t, a.as("associate.n1"), `{ viewer { displayName store { code } employee { id store { code } } } }`, nil)
	if both.Statements != alone.Statements || both.at("viewer.employee.store.code") != "N1" {
		t.Errorf("%d statements, want %d: %s", both.Statements, alone.Statements, both.JSON)
	}
}

func TestEmployeeIsFoundByLogin(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const document = `query ($login: String!) { employee(by: {login: $login}) { id } }`
	for _, c := range []struct{ as, login, found string }{
		{"admin", "associate.s1", "associate.s1"},
		{"admin", " ASSOCIATE.s1 ", "associate.s1"},
		{"admin", "nobody", ""},
		{"admin", "a\x00b", ""},
		{"admin", "", ""},
		{"manager.n1", "associate.n1", "associate.n1"},
		{"manager.n1", "gone.n1", "gone.n1"},
		{"manager.n1", "admin", "admin"},
		{"manager.n1", "region.n", "region.n"},
		// Outside the scope, as if there was nobody.
		{"manager.n1", "associate.n2", ""},
		{"manager.n1", "region.s", ""},
		{"region.n", "manager.s1", ""},
		{"associate.s1", "manager.n1", ""},
	} {
		var want any
		if c.found != "" {
			want = a.employeeID(c.found)
		}
		got := a.mustQuery(t, a.as(c.as), document, vars{"login": c.login})
		if got.at("employee.id") != want || got.Statements > 2 {
			t.Errorf("%s finds %q: got %s with %d statements, want %v", c.as, c.login, got.JSON, got.Statements, want)
		}
	}
}

func TestPartnersFindOnlyEmployeesOfTheirStoresByLogin(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	v := a.asPartner(t, "staff:read", "N1")
	const document = `query ($login: String!) { employee(by: {login: $login}) { login } }`
	for login, want := range map[string]any{"associate.n1": "associate.n1", "associate.n2": nil, "admin": nil, "region.n": nil} {
		if got := a.mustQuery(t, v, document, vars{"login": login}); got.at("employee.login") != want {
			t.Errorf("%s: got %s", login, got.JSON)
		}
	}
}

func TestEmployeeNeedsExactlyOneKey(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for document, want := range map[string][2]string{ // the error and its field
		`{ employee { id } }`:                            {"id and by are both missing. Send exactly one of them.", "id"},
		`{ employee(id: null, by: null) { id } }`:        {"id and by are both missing. Send exactly one of them.", "id"},
		`{ employee(id: "x") { id } }`:                   {`"x" is not an id. An id looks like task_01h455vb4pex5vsknk084sn02q.`, "id"},
		`{ employee(id: "x", by: {login: "x"}) { id } }`: {"id and by were both sent. Send exactly one of them.", "by"},
	} {
		got := a.query(t, a.as("admin"), document, nil)
		if !slices.Equal(got.Errors, []string{want[0]}) || !slices.Equal(got.ErrorFields, []string{want[1]}) {
			t.Errorf("%s: got %q about %q", document, got.Errors, got.ErrorFields)
		}
	}
}

// The document is invalid if a literal has not exactly one field. The resolver checks variables.
func TestLookupHasExactlyOneField(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const byVariable = `query ($by: EmployeeLookup) { employee(by: $by) { id } }`
	for _, c := range []struct {
		document string
		vars     vars
	}{
		{`{ employee(by: {}) { id } }`, nil},
		{`{ employee(by: {login: null}) { id } }`, nil},
		{`query ($login: String) { employee(by: {login: $login}) { id } }`, vars{"login": "admin"}},
		{byVariable, vars{"by": vars{"name": "x"}}},
	} {
		params := &graphql.RawParams{Query: c.document, Variables: c.vars}
		if _, errs := a.executor.CreateOperationContext(graphql.StartOperationTrace(t.Context()), params); len(errs) == 0 {
			t.Errorf("%s with %v is valid", c.document, c.vars)
		}
	}
	for _, by := range []vars{{}, {"login": nil}} {
		got := a.query(t, a.as("admin"), byVariable, vars{"by": by})
		want := []string{"by.login is missing or null. Send exactly one key."}
		if !slices.Equal(got.Errors, want) || !slices.Equal(got.ErrorFields, []string{"by.login"}) {
			t.Errorf("%v: got %q about %q", by, got.Errors, got.ErrorFields)
		}
	}
	got := a.mustQuery(t, a.as("admin"), byVariable, vars{"by": vars{"login": "admin"}})
	if got.at("employee.id") != a.employeeID("admin") {
		t.Errorf("got %s", got.JSON)
	}
}
