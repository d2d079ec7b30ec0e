package auth_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aisle/auth"
)

func TestContextCarriesTheViewer(t *testing.T) {
	t.Parallel()
	want := viewers()[auth.RoleSupervisor]
	if diff := cmp.Diff(want, auth.ViewerFromContext(auth.WithViewer(t.Context(), want))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestContextWithoutAViewerIsAnonymous(t *testing.T) {
	t.Parallel()
	if got := auth.ViewerFromContext(t.Context()); !got.Anonymous() {
		t.Errorf("got %+v", got)
	}
}

func TestRoleValid(t *testing.T) {
	t.Parallel()
	for role := range viewers() {
		if !role.Valid() {
			t.Errorf("%s is not valid", role)
		}
	}
	for _, role := range []auth.Role{"", "admin", "ROOT"} {
		if role.Valid() {
			t.Errorf("%q is valid", role)
		}
	}
}

// The table is written by hand and by permission: a change to rolePermissions must be made here, too.
func TestPermissionsOfEachRole(t *testing.T) {
	t.Parallel()
	staff := []auth.Role{
		auth.RoleAssociate, auth.RoleSupervisor, auth.RoleStoreManager, auth.RoleRegionManager, auth.RoleAdmin,
	}
	table := map[auth.Permission][]auth.Role{
		"CATALOG_READ": staff, "PRICES_READ": staff, "STAFF_READ": staff, "STOCK_ADJUST": staff,
		"STOCK_READ": staff, "STORES_READ": staff, "TASKS_READ": staff, "TASKS_WORK": staff,
		"TASKS_MANAGE": staff[1:], "STAFF_MANAGE": staff[2:], "STORES_MANAGE": staff[3:],
		"CATALOG_WRITE": staff[4:], "PRICES_WRITE": staff[4:], "SYSTEM_READ": staff[4:], "SYSTEM_MANAGE": staff[4:],
		"NO_SUCH_PERMISSION": nil, "": nil,
	}
	for permission, roles := range table {
		for role, viewer := range viewers() {
			if got, want := viewer.Can(permission), slices.Contains(roles, role); got != want {
				t.Errorf("%s can %q: %t, want %t", role, permission, got, want)
			}
		}
		if (auth.Viewer{}).Can(permission) || (auth.Viewer{Role: auth.RoleAdmin}).Can(permission) {
			t.Errorf("the anonymous viewer can %q", permission)
		}
		if (auth.Viewer{EmployeeID: employee, Role: "ROOT"}).Can(permission) {
			t.Errorf("an unknown role can %q", permission)
		}
	}
}

func TestPermissionsAreSortedAndCopied(t *testing.T) {
	t.Parallel()
	for role := range viewers() {
		got := role.Permissions()
		if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Errorf("%s: %v is not sorted or has doubles", role, got)
		}
		got[0] = "CHANGED"
		if role.Permissions()[0] == "CHANGED" {
			t.Errorf("%s: a caller can change the table", role)
		}
	}
	if got := auth.Role("ROOT").Permissions(); len(got) != 0 {
		t.Errorf("an unknown role may %v", got)
	}
}
