package resolvers_test

import (
	"testing"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/sessions"
	"aisle/store"
	"aisle/store/staff"
)

func TestEmployeeDirectoryFindsActiveEmployees(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	directory := sessions.EmployeeDirectory{Staff: a.resolver.Modules.Staff, Stores: a.resolver.Modules.Stores}
	for _, login := range []string{"admin", "region.n", "manager.n1", "associate.n1"} {
		want := a.as(login)
		want.SessionID = uuid.Nil

		byLogin, err := directory.FindByLogin(t.Context(), login)
		if err != nil || byLogin != want {
			t.Errorf("%s: got %+v, %v, want %+v", login, byLogin, err, want)
		}
		byID, err := directory.FindByID(t.Context(), store.GlobalID(staff.EmployeePrefix, a.employee[login]))
		if err != nil || byID != want {
			t.Errorf("%s by id: got %+v, %v, want %+v", login, byID, err, want)
		}
	}
}

func TestEmployeeDirectoryFindsNoInactiveOrUnknownEmployees(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	directory := sessions.EmployeeDirectory{Staff: a.resolver.Modules.Staff, Stores: a.resolver.Modules.Stores}
	leaver := a.employee["associate.n1"]
	if _, err := a.pool.Exec(t.Context(), "UPDATE staff.employee SET status = 'ON_LEAVE' WHERE id = $1", leaver); err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"associate.n1", "mallory", "a\x00b\xff"} {
		if got, err := directory.FindByLogin(t.Context(), login); err != nil || got != (auth.Viewer{}) {
			t.Errorf("the login %q: got %+v, %v", login, got, err)
		}
	}
	for what, id := range map[string]string{
		"a leaver's":   store.GlobalID(staff.EmployeePrefix, leaver),
		"nobody's":     store.GlobalID(staff.EmployeePrefix, store.NewID()),
		"of a task":    store.GlobalID("task", a.employee["admin"]),
		"not one":      "' OR 1=1",
		"no global id": a.employee["admin"].String(),
	} {
		if got, err := directory.FindByID(t.Context(), id); err != nil || got != (auth.Viewer{}) {
			t.Errorf("an id that is %s: got %+v, %v", what, got, err)
		}
	}
}
