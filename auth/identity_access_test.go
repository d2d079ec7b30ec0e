package auth_test

import (
	"testing"

	"aisle/auth"
)

func TestWhoLooksAtWhoAsksIsNoted(t *testing.T) {
	t.Parallel()
	viewer := viewers()[auth.RoleSupervisor]
	for name, c := range map[string]struct {
		look func(s auth.Scope) // besides what is looked at in the context
		want bool
	}{
		"the stores":              {func(s auth.Scope) { s.All(); s.StoreIDs(); s.IncludesStore(ownStore) }, false},
		"the region":              {func(s auth.Scope) { s.RegionID(); s.WholeRegion() }, false},
		"that it is an employee":  {func(s auth.Scope) { s.BelongsToEmployee() }, false},
		"the employee":            {func(s auth.Scope) { s.EmployeeID() }, true},
		"whether it manages some": {func(s auth.Scope) { s.ManagesStaff() }, true},
	} {
		looked := &auth.IdentityAccessRecorder{}
		_, scope := looked.Track(auth.WithViewer(t.Context(), viewer), auth.ScopeForViewer(viewer, nil))

		c.look(scope)

		if looked.Accessed() != c.want {
			t.Errorf("%s: noted %v, want %v", name, looked.Accessed(), c.want)
		}
	}
}

func TestAWatchedContextHasTheViewer(t *testing.T) {
	t.Parallel()
	viewer, looked := viewers()[auth.RoleSupervisor], &auth.IdentityAccessRecorder{}
	ctx, scope := looked.Track(auth.WithViewer(t.Context(), viewer), auth.ScopeForViewer(viewer, nil))

	if looked.Accessed() {
		t.Error("watching is not looking")
	}
	if got := auth.ViewerFromContext(ctx); got.EmployeeID != viewer.EmployeeID || !looked.Accessed() {
		t.Errorf("got %v, noted %v", got, looked.Accessed())
	}
	if look(scope).Employee != some(employee) {
		t.Error("the scope is another")
	}
}
