package auth_test

import (
	"testing"

	"aisle/auth"
)

func TestIdentityAccessIsRecorded(t *testing.T) {
	t.Parallel()
	viewer := viewers()[auth.RoleSupervisor]
	for name, c := range map[string]struct {
		look func(s auth.Scope)
		want bool
	}{
		"the stores":              {func(s auth.Scope) { s.All(); s.StoreIDs(); s.IncludesStore(ownStore) }, false},
		"the region":              {func(s auth.Scope) { s.RegionID(); s.WholeRegion() }, false},
		"that it is an employee":  {func(s auth.Scope) { s.BelongsToEmployee() }, false},
		"the employee":            {func(s auth.Scope) { s.EmployeeID() }, true},
		"whether it manages some": {func(s auth.Scope) { s.ManagesStaff() }, true},
	} {
		_, scope, recorder := auth.WithoutIdentity(auth.WithViewer(t.Context(), viewer), auth.ScopeForViewer(viewer, nil))

		c.look(scope)

		if recorder.Accessed() != c.want {
			t.Errorf("%s: recorded %v, want %v", name, recorder.Accessed(), c.want)
		}
	}
}

func TestTheRecorderHasTheIdentityThatIsRead(t *testing.T) {
	t.Parallel()
	viewer := viewers()[auth.RoleSupervisor]
	ctx, scope, recorder := auth.WithoutIdentity(auth.WithViewer(t.Context(), viewer), auth.ScopeForViewer(viewer, nil))

	if recorder.Accessed() {
		t.Error("WithoutIdentity recorded an access")
	}
	if got := auth.ViewerFromContext(ctx); got.EmployeeID != viewer.EmployeeID || !recorder.Accessed() {
		t.Errorf("got %v, recorded %v", got, recorder.Accessed())
	}
	if look(scope).Employee != some(employee) {
		t.Error("the scope is another")
	}
}
