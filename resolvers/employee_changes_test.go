package resolvers_test

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"aisle/auth"
)

const placeSelection = "employee { displayName role status version store { code } managedRegion { code } }"

func TestOmittedFieldsOfAnEmployeeKeepTheirValuesAndNullClears(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := a.employeeID("associate.n1")
	for _, step := range []struct {
		mutation string
		input    vars
		want     string // the payload
	}{
		{
			"updateEmployee",
			vars{},
			`{"employee":{"displayName":"Ms associate.n1","role":"ASSOCIATE","status":"ACTIVE","version":1,"store":{"code":"N1"},"managedRegion":null},"userErrors":[]}`,
		},
		{
			"updateEmployee",
			vars{"displayName": nil},
			`{"employee":null,"userErrors":[{"code":"REQUIRED","message":"displayName cannot be cleared. Omit it to keep its value.","field":["displayName"]}]}`,
		},
		{
			"moveEmployee",
			vars{"role": "SUPERVISOR"},
			`{"employee":{"displayName":"Ms associate.n1","role":"SUPERVISOR","status":"ACTIVE","version":2,"store":{"code":"N1"},"managedRegion":null},"userErrors":[]}`,
		},
		{
			"moveEmployee",
			vars{"storeId": a.storeID("N2")},
			`{"employee":{"displayName":"Ms associate.n1","role":"SUPERVISOR","status":"ACTIVE","version":3,"store":{"code":"N2"},"managedRegion":null},"userErrors":[]}`,
		},
		{
			"moveEmployee",
			vars{},
			`{"employee":{"displayName":"Ms associate.n1","role":"SUPERVISOR","status":"ACTIVE","version":3,"store":{"code":"N2"},"managedRegion":null},"userErrors":[]}`,
		},
		{
			"moveEmployee",
			vars{"role": nil},
			`{"employee":null,"userErrors":[{"code":"REQUIRED","message":"role cannot be cleared. Omit it to keep its value.","field":["role"]}]}`,
		},
		{
			"moveEmployee",
			vars{"storeId": nil},
			`{"employee":{"displayName":"Ms associate.n1","role":"SUPERVISOR","status":"ACTIVE","version":3,"store":{"code":"N2"},"managedRegion":null},` +
				`"userErrors":[{"code":"REQUIRED","message":"The role SUPERVISOR needs a store. Send storeId.","field":["storeId"]}]}`,
		},
		{
			"moveEmployee",
			vars{"role": "REGION_MANAGER", "regionId": a.regionID("S")},
			`{"employee":{"displayName":"Ms associate.n1","role":"SUPERVISOR","status":"ACTIVE","version":3,"store":{"code":"N2"},"managedRegion":null},` +
				`"userErrors":[{"code":"INVALID","message":"The role REGION_MANAGER has no store. Send null for storeId.","field":["storeId"]}]}`,
		},
		{
			"moveEmployee",
			vars{"role": "REGION_MANAGER", "storeId": nil},
			`{"employee":{"displayName":"Ms associate.n1","role":"SUPERVISOR","status":"ACTIVE","version":3,"store":{"code":"N2"},"managedRegion":null},` +
				`"userErrors":[{"code":"REQUIRED","message":"The role REGION_MANAGER needs a region. Send regionId.","field":["regionId"]}]}`,
		},
		{
			"moveEmployee",
			vars{"role": "REGION_MANAGER", "storeId": nil, "regionId": a.regionID("S")},
			`{"employee":{"displayName":"Ms associate.n1","role":"REGION_MANAGER","status":"ACTIVE","version":4,"store":null,"managedRegion":{"code":"S"}},"userErrors":[]}`,
		},
		{
			"moveEmployee",
			vars{"role": "ADMIN"},
			`{"employee":{"displayName":"Ms associate.n1","role":"REGION_MANAGER","status":"ACTIVE","version":4,"store":null,"managedRegion":{"code":"S"}},` +
				`"userErrors":[{"code":"INVALID","message":"The role ADMIN has no region. Send null for regionId.","field":["regionId"]}]}`,
		},
	} {
		step.input["employeeId"] = id
		got := a.mutate(t, a.as("admin"), mutation(step.mutation, placeSelection), step.input)
		if want := `{"` + step.mutation + `":` + step.want + `}`; got.JSON != want {
			t.Errorf("%s %v:\ngot  %s\nwant %s", step.mutation, step.input, got.JSON, want)
		}
	}
}

func TestEmployeesGoOnLeaveComeBackAndLeave(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	in := a.mustSignIn(t, "associate.n1")
	who := func(status any) vars {
		v := vars{"employeeId": a.employeeID("associate.n1")}
		if status != nil {
			v["status"] = status
		}
		return v
	}
	for _, step := range []struct {
		mutation  string
		status    any
		want      string
		canSignIn bool
	}{
		{"deactivateEmployee", "ON_LEAVE", "ON_LEAVE", false},
		{"reactivateEmployee", nil, "ACTIVE", true},
		{"deactivateEmployee", "ON_LEAVE", "ON_LEAVE", false},
		{"deactivateEmployee", nil, "LEFT", false},
		{"deactivateEmployee", "LEFT", "LEFT", false},
		{"reactivateEmployee", nil, "ACTIVE", true},
		{"deactivateEmployee", "LEFT", "LEFT", false},
	} {
		got := a.mutate(t, a.as("manager.n1"), mutation(step.mutation, employeeSelection), who(step.status))
		if got.code() != "" || got.at("employee.status") != step.want {
			t.Errorf("%s to %v: got %s", step.mutation, step.status, got.JSON)
		}
		if signedIn := a.signIn(t, "associate.n1", password).at("signIn.session") != nil; signedIn != step.canSignIn {
			t.Errorf("%s: signed in: %t, want %t", step.want, signedIn, step.canSignIn)
		}
		if step.want == "ON_LEAVE" && (!a.isRevoked(t, in.viewer) || !a.refreshFails(t, in.refreshToken)) {
			t.Error("the session of someone on leave goes on")
		}
	}
	if last := a.mustQuery(t, a.as("manager.n1"), `query ($id: ID!) { employee(id: $id) { version } }`, vars{"id": who(nil)["employeeId"]}); last.at("employee.version") != 7.0 {
		t.Errorf("LEFT to LEFT is no change: %s", last.JSON)
	}
}

func TestNobodyIsDeactivatedToActive(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for status, want := range map[any]string{
		"ACTIVE": "ACTIVE is not a valid InactiveEmployeeStatus", nil: "cannot be null",
	} {
		in := vars{"input": vars{"employeeId": a.employeeID("associate.n1"), "status": status}}
		params := &graphql.RawParams{Query: mutation("deactivateEmployee", employeeSelection), Variables: in}
		_, errs := a.executor.CreateOperationContext(graphql.StartOperationTrace(t.Context()), params)
		if len(errs) != 1 || errs[0].Message != want {
			t.Errorf("%v: got %v, want %q", status, errs, want)
		}
	}
}

func TestTasksAreNotAssignedToPeopleOnLeave(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for status, who := range map[string]string{"ON_LEAVE": "associate.n1", "LEFT": "gone.n1"} {
		if status == "ON_LEAVE" {
			a.mutate(t, a.as("manager.n1"), mutation("deactivateEmployee", employeeSelection),
				vars{"employeeId": a.employeeID(who), "status": status})
		}
		got := a.mutate(t, a.as("manager.n1"), mutation("assignTask", "task { id }"),
			vars{"taskId": a.taskID("N1 task 0"), "assigneeId": a.employeeID(who)})
		if got.code() != "CLOSED" || got.at("userErrors.0.field.0") != "assigneeId" {
			t.Errorf("%s: got %s", status, got.JSON)
		}
	}
}

func TestErrorsAboutPeopleNameTheField(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	hire := func(field string, value any) vars {
		v := vars{
			"login": "new.one", "displayName": "New One", "role": "ASSOCIATE", "storeId": a.storeID("N1"), "password": "long enough",
		}
		v[field] = value
		return v
	}
	for name, c := range map[string]struct {
		input       vars
		code, field string
	}{
		"no login":       {hire("login", " "), "REQUIRED", "login"},
		"a long login":   {hire("login", strings.Repeat("x", 65)), "TOO_LONG", "login"},
		"a wrong login":  {hire("login", "a b"), "INVALID", "login"},
		"a taken login":  {hire("login", "Manager.N1"), "TAKEN", "login"},
		"no name":        {hire("displayName", ""), "REQUIRED", "displayName"},
		"a long name":    {hire("displayName", strings.Repeat("x", 201)), "TOO_LONG", "displayName"},
		"no password":    {hire("password", ""), "REQUIRED", "password"},
		"a short one":    {hire("password", "short"), "INVALID", "password"},
		"a long one":     {hire("password", strings.Repeat("x", 129)), "TOO_LONG", "password"},
		"no store":       {hire("storeId", nil), "REQUIRED", "storeId"},
		"another store":  {hire("storeId", a.storeID("S1")), "NOT_FOUND", "storeId"},
		"a high role":    {hire("role", "STORE_MANAGER"), "NOT_ALLOWED", "role"},
		"a region":       {hire("regionId", a.regionID("N")), "INVALID", "regionId"},
		"a wrong region": {hire("regionId", a.regionID("S")), "NOT_FOUND", "regionId"},
	} {
		got := a.mutate(t, a.as("manager.n1"), mutation("hireEmployee", employeeSelection), c.input)
		if got.code() != c.code || got.at("userErrors.0.field.0") != c.field {
			t.Errorf("%s: got %s, want %s about %s", name, got.JSON, c.code, c.field)
		}
	}
}

func TestEmployeesAreFilteredByRegionAndStore(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	count := func(as, filter string) any {
		return a.mustQuery(t, a.as(as), `{ employees(filter: `+filter+`) { totalCount } }`, nil).at("employees.totalCount")
	}
	north, south := `"`+a.regionID("N")+`"`, `"`+a.regionID("S")+`"`
	n1, s1 := `"`+a.storeID("N1")+`"`, `"`+a.storeID("S1")+`"`
	for _, c := range []struct {
		as, filter string
		want       any
	}{
		{"admin", `{regionId: ` + north + `}`, 9.0}, // four in each of two stores, and the manager
		{"admin", `{regionId: ` + south + `}`, 5.0},
		{"admin", `{regionId: ` + north + `, storeId: ` + n1 + `}`, 4.0},
		{"admin", `{regionId: ` + north + `, storeId: ` + s1 + `}`, 0.0},
		{"admin", `{regionId: ` + north + `, role: [REGION_MANAGER]}`, 1.0},
		{"manager.n1", `{regionId: ` + north + `}`, 5.0},
		{"manager.n1", `{regionId: ` + south + `}`, 0.0},
	} {
		if got := count(c.as, c.filter); got != c.want {
			t.Errorf("%s with %s: got %v, want %v", c.as, c.filter, got, c.want)
		}
	}
	got := a.mustQuery(t, a.as("admin"), `{ stores { edges { node { code employees(filter: {storeId: `+n1+`, regionId: `+north+`}) { totalCount edges { node { login } } } } } } }`, nil)
	for i, want := range []float64{4, 0, 0} {
		node := []string{"stores.edges.0.node", "stores.edges.1.node", "stores.edges.2.node"}[i]
		edges, _ := got.at(node + ".employees.edges").([]any)
		if got.at(node+".employees.totalCount") != want || len(edges) != int(want) {
			t.Errorf("%v: got %s", got.at(node+".code"), got.JSON)
		}
	}
}

// A partner without SYSTEM_MANAGE sees its own Partner, and of it only what it may see elsewhere.
func TestPartnersSeeThemselves(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	v := a.asPartner(t, "stores:read", "N1")
	if v.Can(auth.PermissionSystemManage) {
		t.Fatal("the partner manages the system")
	}

	got := a.mustQuery(t, v, `{ viewer { partner { name version createdAt updatedAt } } }`, nil)

	if got.at("viewer.partner.name") != "The ERP" || got.at("viewer.partner.version") != 1.0 {
		t.Errorf("got %s", got.JSON)
	}
}
