package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Role is what an employee is in the chain. The values are those of GraphQL and of the database.
type Role string

// The roles, from the store's floor to the head office.
const (
	RoleAssociate     Role = "ASSOCIATE"      // works on the tasks of one store
	RoleSupervisor    Role = "SUPERVISOR"     // gives out and verifies the tasks of one store
	RoleStoreManager  Role = "STORE_MANAGER"  // runs one store and its staff
	RoleRegionManager Role = "REGION_MANAGER" // runs the stores of one region
	RoleAdmin         Role = "ADMIN"          // runs the chain
)

// Valid reports whether r is one of the roles above.
func (r Role) Valid() bool {
	return r.inStore() || r == RoleRegionManager || r == RoleAdmin
}

// Outranks reports whether r stands above the other role.
func (r Role) Outranks(other Role) bool {
	ranks := []Role{RoleAssociate, RoleSupervisor, RoleStoreManager, RoleRegionManager, RoleAdmin}
	return slices.Index(ranks, r) > slices.Index(ranks, other)
}

// inStore reports whether r belongs to a single store.
func (r Role) inStore() bool {
	return r == RoleAssociate || r == RoleSupervisor || r == RoleStoreManager
}

// Viewer is who asks. The zero value is anonymous.
type Viewer struct {
	EmployeeID uuid.UUID
	Role       Role
	StoreID    uuid.NullUUID // set for the three store roles
	RegionID   uuid.NullUUID // the region of the store, or the one that a region manager has; unset for admins
	SessionID  uuid.UUID
	ExpiresAt  time.Time // when the access token does; zero for never
}

// Anonymous reports whether nobody has signed in.
func (v Viewer) Anonymous() bool { return v.EmployeeID == uuid.Nil }

// Can reports whether the viewer's role has the permission. It says nothing about which rows: that is the Scope.
func (v Viewer) Can(p Permission) bool { return !v.Anonymous() && v.Role.has(p) }

// check returns an error when v is not an employee with a role and the place that the role needs.
func (v Viewer) check() error {
	switch {
	case v.Anonymous():
		return errors.New("no employee")
	case !v.Role.Valid():
		return errors.New("unknown role")
	case v.Role.inStore() && !isSet(v.StoreID):
		return errors.New("a store role without a store")
	case v.Role == RoleRegionManager && !isSet(v.RegionID):
		return errors.New("a region manager without a region")
	}
	return nil
}

// isSet reports whether id names something.
func isSet(id uuid.NullUUID) bool { return id.Valid && id.UUID != uuid.Nil }

// viewerKey is the key of the viewer in a context.
type viewerKey struct{}

// WithViewer returns a context that carries the viewer.
func WithViewer(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// ViewerFrom returns the viewer that the context carries: the anonymous one when it carries none.
func ViewerFrom(ctx context.Context) Viewer {
	v, _ := ctx.Value(viewerKey{}).(Viewer)
	return v
}
