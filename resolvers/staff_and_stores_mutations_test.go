package resolvers_test

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"aisle/auth"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/staff"
	"aisle/store/stores"
)

func (c *testChain) regionID(code string) string {
	return store.GlobalID(stores.RegionPrefix, c.region[code])
}

// field returns the path of the field in the only user error, with dots; an empty text for none.
func (got response) field() string {
	path, _ := got.at("userErrors.0.field").([]any)
	names := make([]string, len(path))
	for i, name := range path {
		names[i] = fmt.Sprint(name)
	}
	return strings.Join(names, ".")
}

// mutation returns a mutation with a selection of its payload.
func mutation(name, shown string) string {
	return fmt.Sprintf(`mutation($input: %sInput!) { %s(input: $input) { %s userErrors { code message field } } }`,
		strings.ToUpper(name[:1])+name[1:], name, shown)
}

const employeeSelection = "employee { id login role status version store { code } }"

func TestHireMoveAndDeactivateEmployees(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	boss := a.as("manager.n1")
	hire := vars{
		"login": " New.One ", "displayName": "New One", "role": "ASSOCIATE", "storeId": a.storeID("N1"), "password": "hush-hush-1",
		"idempotencyKey": "k",
	}
	hired := a.mutate(t, boss, mutation("hireEmployee", employeeSelection), hire)
	again := a.mutate(t, boss, mutation("hireEmployee", employeeSelection), hire)
	id := hired.at("employee.id")
	if hired.at("employee.login") != "new.one" || hired.at("employee.store.code") != "N1" || again.JSON != hired.JSON {
		t.Fatalf("hired %s, again %s", hired.JSON, again.JSON)
	}
	if in := a.signIn(t, "new.one", "hush-hush-1"); in.at("signIn.viewer.role") != "ASSOCIATE" {
		t.Errorf("signing in: %s", in.JSON)
	}

	moved := a.mutate(t, a.as("region.n"), mutation("moveEmployee", employeeSelection),
		vars{"employeeId": id, "role": "SUPERVISOR", "storeId": a.storeID("N2"), "expectedVersion": 1})
	gone := a.mutate(t, a.as("manager.n2"), mutation("deactivateEmployee", employeeSelection), vars{"employeeId": id})

	if moved.at("employee.store.code") != "N2" || moved.at("employee.version") != 2.0 || gone.at("employee.status") != "LEFT" {
		t.Errorf("moved %s, deactivated %s", moved.JSON, gone.JSON)
	}
	if n1, n2 := a.events(t, "N1"), a.events(t, "N2"); !slices.Equal(n1, []string{"EMPLOYEE_CREATED", "EMPLOYEE_UPDATED"}) ||
		!slices.Equal(n2, []string{"EMPLOYEE_UPDATED", "EMPLOYEE_DEACTIVATED"}) {
		t.Errorf("both stores learn of a move: %v %v", n1, n2)
	}
	var running, secrets int
	err := a.pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM access.session WHERE ended_at IS NULL),
		(SELECT count(*) FROM events.command WHERE answer::text LIKE '%hush%') + (SELECT count(*) FROM events.event WHERE data::text LIKE '%hush%')`).
		Scan(&running, &secrets)
	if err != nil || running > 0 || secrets > 0 {
		t.Errorf("%d sessions run on, the password is kept in %d places (%v)", running, secrets, err)
	}
	if in := a.signIn(t, "new.one", "hush-hush-1"); in.at("signIn.userErrors.0.code") != "BAD_CREDENTIALS" {
		t.Errorf("signing in afterwards: %s", in.JSON)
	}
}

func TestReactivatedEmployeeHasAnEvent(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := a.employeeID("associate.n1")
	for _, name := range []string{"deactivateEmployee", "deactivateEmployee", "reactivateEmployee"} {
		if got := a.mutate(t, a.as("manager.n1"), mutation(name, employeeSelection), vars{"employeeId": id}); got.code() != "" {
			t.Fatalf("%s: %s", name, got.JSON)
		}
	}

	want := []string{"EMPLOYEE_DEACTIVATED", "EMPLOYEE_REACTIVATED"}
	if diff := cmp.Diff(want, a.eventsAbout(t, staff.EmployeePrefix, id)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Nobody can promote an employee to their own role, or change an employee with that role.
func TestManagersChangeOnlyEmployeesBelowThem(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	hire := func(role, storeCode string) vars {
		v := vars{"login": "x" + lower(role) + lower(storeCode), "displayName": "X", "role": role, "password": "long enough"}
		if storeCode != "" {
			v["storeId"] = a.storeID(storeCode)
		}
		return v
	}
	for name, c := range map[string]struct {
		as, mutation string
		input        vars
		code         string
	}{
		"a manager hires a supervisor":         {"manager.n1", "hireEmployee", hire("SUPERVISOR", "N1"), ""},
		"a manager hires a manager":            {"manager.n1", "hireEmployee", hire("STORE_MANAGER", "N1"), "NOT_ALLOWED"},
		"a manager hires an administrator":     {"manager.n1", "hireEmployee", hire("ADMIN", ""), "NOT_ALLOWED"},
		"a manager hires for another store":    {"manager.n1", "hireEmployee", hire("ASSOCIATE", "N2"), "NOT_FOUND"},
		"a region manager hires a manager":     {"region.n", "hireEmployee", hire("STORE_MANAGER", "N2"), ""},
		"a region manager hires an admin":      {"region.n", "hireEmployee", hire("ADMIN", ""), "NOT_ALLOWED"},
		"an administrator hires another":       {"admin", "hireEmployee", hire("ADMIN", ""), ""},
		"a store role without a store":         {"admin", "hireEmployee", hire("ASSOCIATE", ""), "REQUIRED"},
		"an administrator with a store":        {"admin", "hireEmployee", hire("ADMIN", "N1"), "INVALID"},
		"a manager renames the region manager": {"manager.n1", "updateEmployee", vars{"employeeId": a.employeeID("region.n"), "displayName": "X"}, "NOT_ALLOWED"},
		"a manager deactivates themselves":     {"manager.n1", "deactivateEmployee", vars{"employeeId": a.employeeID("manager.n1")}, "NOT_ALLOWED"},
		"an administrator deactivates itself":  {"admin", "deactivateEmployee", vars{"employeeId": a.employeeID("admin")}, "NOT_ALLOWED"},
		"a manager promotes an associate high": {"manager.n1", "moveEmployee", vars{"employeeId": a.employeeID("associate.n1"), "role": "STORE_MANAGER", "storeId": a.storeID("N1")}, "NOT_ALLOWED"},
		"somebody of another store":            {"manager.n1", "deactivateEmployee", vars{"employeeId": a.employeeID("associate.n2")}, "NOT_FOUND"},
		"a login that is taken":                {"admin", "hireEmployee", vars{"login": "manager.n1", "displayName": "X", "role": "ADMIN", "password": "long enough"}, "TAKEN"},
		"a login with a space":                 {"admin", "hireEmployee", vars{"login": "a b", "displayName": "X", "role": "ADMIN", "password": "long enough"}, "INVALID"},
		"a short password":                     {"admin", "hireEmployee", vars{"login": "ab", "displayName": "X", "role": "ADMIN", "password": "short"}, "INVALID"},
		"another version":                      {"manager.n1", "updateEmployee", vars{"employeeId": a.employeeID("associate.n1"), "displayName": "X", "expectedVersion": 9}, "VERSION_CONFLICT"},
	} {
		if got := a.mutate(t, a.as(c.as), mutation(c.mutation, employeeSelection), c.input); got.code() != c.code {
			t.Errorf("%s: got %s, want %q", name, got.JSON, c.code)
		}
	}
	forbidden := a.query(t, a.as("supervisor.n1"), mutation("hireEmployee", employeeSelection), vars{"input": hire("ASSOCIATE", "N1")})
	if len(forbidden.Errors) != 1 {
		t.Errorf("a supervisor hires: %s", forbidden.JSON)
	}
}

const storeSelection = `store { id code name status version timezone address { street city state postalCode countryCode }
	location { latitude longitude } region { code } openingHours { weekday opens closes } }`

func TestStoreStatusTransitions(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	created := a.mutate(t, a.as("region.n"), mutation("createStore", storeSelection), vars{
		"code": "N3", "regionId": a.regionID("N"), "name": "Third", "status": "PLANNED", "timezone": "America/Chicago",
		"openingHours": []any{vars{"weekday": "MONDAY", "opens": "07:00", "closes": "00:00"}},
	})
	id := created.at("store.id")
	if created.at("store.region.code") != "N" || created.at("store.openingHours.0.closes") != "00:00" || created.at("store.address") != nil {
		t.Fatalf("created %s", created.JSON)
	}
	for _, step := range []struct {
		mutation string
		input    vars
		code     string
		field    string
		status   string
	}{
		{"pauseStore", vars{"storeId": id}, "INVALID_TRANSITION", "storeId", "PLANNED"},
		{"openStore", vars{"storeId": id, "expectedVersion": 2}, "VERSION_CONFLICT", "expectedVersion", "PLANNED"},
		{"openStore", vars{"storeId": id, "expectedVersion": 1, "idempotencyKey": "open"}, "", "", "OPEN"},
		{"openStore", vars{"storeId": id, "expectedVersion": 1, "idempotencyKey": "open"}, "", "", "OPEN"},
		{"openStore", vars{"storeId": id}, "INVALID_TRANSITION", "storeId", "OPEN"},
		{"pauseStore", vars{"storeId": id, "expectedVersion": 1}, "VERSION_CONFLICT", "expectedVersion", "OPEN"},
		{"pauseStore", vars{"storeId": id, "expectedVersion": 2}, "", "", "PAUSED"},
		{"pauseStore", vars{"storeId": id}, "INVALID_TRANSITION", "storeId", "PAUSED"},
		{"openStore", vars{"storeId": id}, "", "", "OPEN"},
		{"updateStore", vars{"storeId": id, "timezone": "Mars/Olympus"}, "INVALID", "timezone", "OPEN"},
		{"updateStore", vars{"storeId": id, "address": vars{"countryCode": "usa"}}, "INVALID", "address.countryCode", "OPEN"},
		{"updateStore", vars{"storeId": id, "location": vars{"latitude": 91, "longitude": 0}}, "INVALID", "location.latitude", "OPEN"},
		{"updateStore", vars{"storeId": id, "location": vars{"latitude": 90, "longitude": -180.5}}, "INVALID", "location.longitude", "OPEN"},
		{"updateStore", vars{"storeId": id, "openingHours": []any{
			vars{"weekday": "MONDAY", "opens": "09:00", "closes": "10:00"}, vars{"weekday": "TUESDAY", "opens": "09:00", "closes": "24:00"},
		}}, "INVALID", "openingHours.1.closes", "OPEN"},
		{"updateStore", vars{"storeId": id, "regionId": a.regionID("S")}, "NOT_ALLOWED", "regionId", "OPEN"},
		{"closeStore", vars{"storeId": id}, "", "", "CLOSED"},
		{"openStore", vars{"storeId": id}, "CLOSED", "storeId", "CLOSED"},
		{"pauseStore", vars{"storeId": id}, "CLOSED", "storeId", "CLOSED"},
		{"closeStore", vars{"storeId": id}, "CLOSED", "storeId", "CLOSED"},
		{"updateStore", vars{"storeId": id, "name": "Another"}, "CLOSED", "storeId", "CLOSED"},
	} {
		got := a.mutate(t, a.as("region.n"), mutation(step.mutation, storeSelection), step.input)
		if got.code() != step.code || got.field() != step.field || got.at("store.status") != step.status {
			t.Errorf("%s %v: %s", step.mutation, step.input, got.JSON)
		}
	}
	want := []string{"STORE_CREATED", "STORE_UPDATED", "STORE_UPDATED", "STORE_UPDATED", "STORE_CLOSED"}
	if diff := cmp.Diff(want, a.eventsAbout(t, stores.StorePrefix, fmt.Sprint(id))); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	foreign := a.mutate(t, a.as("region.n"), mutation("closeStore", storeSelection), vars{"storeId": a.storeID("S1")})
	if foreign.code() != "NOT_FOUND" || foreign.at("store") != nil {
		t.Errorf("a foreign store: %s", foreign.JSON)
	}
}

// Omitted fields keep their values, and null clears those that are not required.
func TestUpdateStoreTellsOmittedFromNull(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	created := a.mutate(t, a.as("admin"), mutation("createStore", storeSelection), vars{
		"code": "N3", "regionId": a.regionID("N"), "name": "Third", "timezone": "America/Chicago",
		"address":      vars{"street": " 1 Main St ", "city": "Springfield", "countryCode": "US"},
		"location":     vars{"latitude": 40, "longitude": -74},
		"openingHours": []any{vars{"weekday": "SUNDAY", "opens": "18:00", "closes": "02:00"}},
	})
	id := created.at("store.id")
	address := func(street, city, state, postalCode, countryCode any) map[string]any {
		return map[string]any{"street": street, "city": city, "state": state, "postalCode": postalCode, "countryCode": countryCode}
	}
	want := map[string]any{
		"id": id, "code": "N3", "name": "Third", "status": "OPEN", "version": 1.0, "timezone": "America/Chicago",
		"address":      address("1 Main St", "Springfield", nil, nil, "US"),
		"location":     map[string]any{"latitude": 40.0, "longitude": -74.0},
		"region":       map[string]any{"code": "N"},
		"openingHours": []any{map[string]any{"weekday": "SUNDAY", "opens": "18:00", "closes": "02:00"}},
	}
	if diff := cmp.Diff(want, created.at("store")); diff != "" {
		t.Fatalf("created (-want +got):\n%s", diff)
	}
	for i, step := range []struct {
		changes vars
		want    vars // the fields of the store that differ from the last step
	}{
		{vars{"name": "Main Street"}, vars{"name": "Main Street"}},
		{vars{"address": vars{"state": "NJ", "city": nil}}, vars{"address": address("1 Main St", nil, "NJ", nil, "US")}},
		{vars{"address": nil}, vars{"address": nil}},
		{vars{"address": vars{"postalCode": "08540"}}, vars{"address": address(nil, nil, nil, "08540", nil)}},
		{vars{"address": vars{"postalCode": nil}}, vars{"address": nil}},
		{vars{"location": nil}, vars{"location": nil}},
		{vars{"openingHours": nil}, vars{"openingHours": []any{}}},
		{ // in any order
			vars{"openingHours": []any{
				vars{"weekday": "SUNDAY", "opens": "18:00", "closes": "02:00"},
				vars{"weekday": "MONDAY", "opens": "18:00", "closes": "19:00"},
				vars{"weekday": "MONDAY", "opens": "02:00", "closes": "18:00"},
			}},
			vars{"openingHours": []any{
				map[string]any{"weekday": "MONDAY", "opens": "02:00", "closes": "18:00"},
				map[string]any{"weekday": "MONDAY", "opens": "18:00", "closes": "19:00"},
				map[string]any{"weekday": "SUNDAY", "opens": "18:00", "closes": "02:00"},
			}},
		},
	} {
		input := maps.Clone(step.changes)
		input["storeId"] = id
		maps.Copy(want, step.want)
		want["version"] = float64(i + 2)

		got := a.mutate(t, a.as("admin"), mutation("updateStore", storeSelection), input)

		if diff := cmp.Diff(want, got.at("store")); diff != "" {
			t.Errorf("%v (-want +got):\n%s", step.changes, diff)
		}
	}
	for field, changes := range map[string]vars{
		"regionId": {"regionId": nil}, "name": {"name": nil}, "format": {"format": nil}, "timezone": {"timezone": nil},
		"address.city": {"address": vars{"city": " "}}, "address.countryCode": {"address": vars{"countryCode": ""}},
	} {
		changes["storeId"] = id
		if got := a.mutate(t, a.as("admin"), mutation("updateStore", storeSelection), changes); got.code() != "REQUIRED" || got.field() != field {
			t.Errorf("%v: %s", changes, got.JSON)
		}
	}
}

func TestRegionClosesOnlyAfterItsStores(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const shown = "region { id code name status version }"
	opened := a.mutate(t, a.as("admin"), mutation("createRegion", shown), vars{"code": "W", "name": "West"})
	taken := a.mutate(t, a.as("admin"), mutation("createRegion", shown), vars{"code": "W", "name": "West again"})
	if opened.at("region.status") != "OPEN" || taken.code() != "TAKEN" {
		t.Errorf("opened %s, again %s", opened.JSON, taken.JSON)
	}
	full := a.mutate(t, a.as("admin"), mutation("closeRegion", shown), vars{"regionId": a.regionID("S")})
	a.mutate(t, a.as("admin"), mutation("closeStore", storeSelection), vars{"storeId": a.storeID("S1")})
	closed := a.mutate(t, a.as("admin"), mutation("closeRegion", shown), vars{"regionId": a.regionID("S")})
	renamed := a.mutate(t, a.as("region.n"), mutation("updateRegion", shown), vars{"regionId": a.regionID("N"), "name": "North"})
	mine := a.mutate(t, a.as("region.n"), mutation("closeRegion", shown), vars{"regionId": a.regionID("N")})
	if full.code() != "INVALID" || closed.at("region.status") != "CLOSED" || renamed.at("region.version") != 2.0 || mine.code() != "NOT_ALLOWED" {
		t.Errorf("full %s, closed %s, renamed %s, by its manager %s", full.JSON, closed.JSON, renamed.JSON, mine.JSON)
	}
	for _, event := range []string{"REGION_CREATED", "REGION_UPDATED", "REGION_CLOSED"} {
		if n := a.countEvents(t, event); n != 1 {
			t.Errorf("%d %s events, want 1", n, event)
		}
	}
}

func TestConcurrentStoresWithOneCodeCreateOne(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	var group errgroup.Group
	codes := make([]string, 4)
	for i := range codes {
		group.Go(func() error {
			codes[i] = a.mutate(t, a.as("admin"), mutation("createStore", storeSelection), vars{
				"code": "NEW", "regionId": a.regionID("N"), "name": "New", "timezone": "America/New_York",
			}).code()
			return nil
		})
	}
	_ = group.Wait()
	if got := strings.Join(codes, ""); got != "TAKENTAKENTAKEN" {
		t.Errorf("answers %q", codes)
	}
}

func TestOnlyTheHeadOfficeChangesTemplates(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const shown = "template { id code title version steps { title isRequired } }"
	made := a.mutate(t, a.as("admin"), mutation("createTaskTemplate", shown), vars{
		"code": "WINDOWS", "title": "Clean the windows", "kind": "CLEANING", "steps": []any{vars{"title": "Soap"}, vars{"title": "Water", "isRequired": false}},
	})
	kept := a.mutate(t, a.as("admin"), mutation("updateTaskTemplate", shown),
		vars{"templateId": made.at("template.id"), "title": "Clean all windows", "expectedVersion": 1})
	fewer := a.mutate(t, a.as("admin"), mutation("updateTaskTemplate", shown),
		vars{"templateId": made.at("template.id"), "steps": []any{vars{"title": "Both"}}})
	late := a.mutate(t, a.as("admin"), mutation("updateTaskTemplate", shown),
		vars{"templateId": made.at("template.id"), "title": "x", "expectedVersion": 1})
	if kept.at("template.steps.1.isRequired") != false || fewer.at("template.version") != 3.0 || fewer.at("template.steps.0.title") != "Both" ||
		fewer.at("template.steps.1") != nil || late.code() != "VERSION_CONFLICT" {
		t.Errorf("kept %s, fewer %s, late %s", kept.JSON, fewer.JSON, late.JSON)
	}
	if created, updated := a.countEvents(t, "TASK_TEMPLATE_CREATED"), a.countEvents(t, "TASK_TEMPLATE_UPDATED"); created != 1 || updated != 2 {
		t.Errorf("events: %d created, %d updated", created, updated)
	}
	forbidden := a.query(t, a.as("region.n"), mutation("createTaskTemplate", shown),
		vars{"input": vars{"code": "X", "title": "X", "kind": "CLEANING"}})
	if len(forbidden.Errors) != 1 {
		t.Errorf("a region manager writes a template: %s", forbidden.JSON)
	}
}

func TestSubscriptionsOfARegionManagerEndWhenTheRegionsStoresChange(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	revoked := auth.NewRevocationList(a.clock.Now)
	follower := access.NewRevocationPoller(a.pool, revoked, slog.New(slog.DiscardHandler), a.clock.Now)
	ended := map[string]int{}
	for _, login := range []string{"region.n", "region.s", "manager.n1"} {
		t.Cleanup(revoked.Watch(a.as(login), func() { ended[login]++ }))
	}
	for _, c := range []struct {
		mutation string
		input    vars
		ends     map[string]int
	}{
		{"updateStore", vars{"storeId": a.storeID("N2"), "name": "Another"}, map[string]int{}},
		{"createStore", vars{"code": "N9", "regionId": a.regionID("N"), "name": "New", "timezone": "America/Chicago"}, map[string]int{"region.n": 1}},
		{"updateStore", vars{"storeId": a.storeID("N2"), "regionId": a.regionID("S")}, map[string]int{"region.n": 1, "region.s": 1}},
	} {
		clear(ended)
		a.clock.advance(time.Second)
		if got := a.mutate(t, a.as("admin"), mutation(c.mutation, storeSelection), c.input); got.code() != "" {
			t.Fatalf("%s: %s", c.mutation, got.JSON)
		}

		if err := follower.Load(t.Context()); err != nil {
			t.Fatal(err)
		}

		if diff := cmp.Diff(c.ends, ended); diff != "" {
			t.Errorf("%s %v ended other streams (-want +got):\n%s", c.mutation, c.input, diff)
		}
	}
	if revoked.IsRevoked(a.as("region.n")) || revoked.IsRevoked(a.as("region.s")) {
		t.Error("the managers' tokens are refused")
	}
}
