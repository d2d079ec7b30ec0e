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
		"the stores":              {func(s auth.Scope) { s.All(); s.StoreIDs(); s.Store(ownStore) }, false},
		"the region":              {func(s auth.Scope) { s.RegionID(); s.WholeRegion() }, false},
		"that it is an employee":  {func(s auth.Scope) { s.OfEmployee() }, false},
		"the employee":            {func(s auth.Scope) { s.EmployeeID() }, true},
		"whether it manages some": {func(s auth.Scope) { s.ManagesStaff() }, true},
	} {
		looked := &auth.Looked{}
		_, scope := looked.Watch(auth.WithViewer(t.Context(), viewer), auth.ScopeOf(viewer, nil))

		c.look(scope)

		if looked.Yes() != c.want {
			t.Errorf("%s: noted %v, want %v", name, looked.Yes(), c.want)
		}
	}
}

func TestAWatchedContextHasTheViewer(t *testing.T) {
	t.Parallel()
	viewer, looked := viewers()[auth.RoleSupervisor], &auth.Looked{}
	ctx, scope := looked.Watch(auth.WithViewer(t.Context(), viewer), auth.ScopeOf(viewer, nil))

	if looked.Yes() {
		t.Error("watching is not looking")
	}
	if got := auth.ViewerFrom(ctx); got.EmployeeID != viewer.EmployeeID || !looked.Yes() {
		t.Errorf("got %v, noted %v", got, looked.Yes())
	}
	if look(scope).Employee != some(employee) {
		t.Error("the scope is another")
	}
}
