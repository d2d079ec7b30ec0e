package auth

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// Code that forgets to record an access must not find an identity to show to others: two colleagues have the same scope and the same
// viewer in their contexts, but for the recorder that holds the rest.
func TestWithoutIdentityColleaguesAreTheSame(t *testing.T) {
	t.Parallel()
	storeID, region := uuid.New(), uuid.NullUUID{UUID: uuid.New(), Valid: true}
	without := func(role Role) (context.Context, Scope, *IdentityAccessRecorder) {
		v := Viewer{
			EmployeeID: uuid.New(), SessionID: uuid.New(), Role: role,
			StoreID: uuid.NullUUID{UUID: storeID, Valid: true}, RegionID: region,
		}
		return WithoutIdentity(WithViewer(t.Context(), v), ScopeForViewer(v, nil))
	}
	ctxA, a, recorderA := without(RoleAssociate)
	ctxB, b, recorderB := without(RoleStoreManager)

	if ctxA.Value(viewerKey{}) != any(recorderA) || ctxB.Value(viewerKey{}) != any(recorderB) {
		t.Error("a context holds something besides the recorder")
	}
	if a.recorder != recorderA || b.recorder != recorderB {
		t.Error("a scope has another recorder")
	}
	a.recorder, b.recorder = nil, nil
	if diff := cmp.Diff(a, b, cmp.AllowUnexported(Scope{}, scopeIdentity{})); diff != "" {
		t.Errorf("the scopes differ: %s", diff)
	}
	if recorderA.Accessed() || recorderB.Accessed() {
		t.Error("an access was recorded")
	}
}
