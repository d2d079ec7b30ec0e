package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Role is the role of an employee, or RolePartner. The values are also those of the GraphQL enum and of the database.
type Role string

// The roles of employees, from the lowest to the highest.
const (
	RoleAssociate     Role = "ASSOCIATE"      // works on the tasks of one store
	RoleSupervisor    Role = "SUPERVISOR"     // assigns and verifies the tasks of one store
	RoleStoreManager  Role = "STORE_MANAGER"  // runs one store and its staff
	RoleRegionManager Role = "REGION_MANAGER" // runs the stores of one region
	RoleAdmin         Role = "ADMIN"          // runs the chain
)

// RolePartner is the role of partner systems. Their permissions come from their scopes.
const RolePartner Role = "PARTNER"

// Valid reports whether r is a role of employees.
func (r Role) Valid() bool {
	return r.inStore() || r == RoleRegionManager || r == RoleAdmin
}

// Outranks reports whether r is higher than other.
func (r Role) Outranks(other Role) bool {
	ranks := []Role{RoleAssociate, RoleSupervisor, RoleStoreManager, RoleRegionManager, RoleAdmin}
	return slices.Index(ranks, r) > slices.Index(ranks, other)
}

// inStore reports whether r is a role within a single store.
func (r Role) inStore() bool {
	return r == RoleAssociate || r == RoleSupervisor || r == RoleStoreManager
}

// Viewer is the identity that a request acts for: an employee or a partner system. The zero value is anonymous.
type Viewer struct {
	EmployeeID uuid.UUID
	Role       Role
	StoreID    uuid.NullUUID // set for the three store roles
	RegionID   uuid.NullUUID // the region of the store or of the region manager; unset for admins
	SessionID  uuid.UUID
	ExpiresAt  time.Time // expiry of the access token; zero for never

	// Partner systems have these fields, and none of the employee's fields, store, region and session.
	PartnerID uuid.UUID
	ClientID  string // the OAuth client id
	Scopes    PartnerScopes
}

// Anonymous reports whether nobody is signed in.
func (v Viewer) Anonymous() bool { return v.ID() == uuid.Nil }

// ID returns the id of the employee or of the partner; zero if anonymous.
func (v Viewer) ID() uuid.UUID {
	if v.PartnerID != uuid.Nil {
		return v.PartnerID
	}
	return v.EmployeeID
}

// Permissions returns the permissions of the employee's role or of the partner's scopes, sorted. It returns a copy.
func (v Viewer) Permissions() []Permission {
	switch {
	case v.Anonymous():
		return nil
	case v.PartnerID == uuid.Nil:
		return v.Role.Permissions()
	case v.checkPartner() != nil:
		return nil
	default:
		return v.Scopes.permissions()
	}
}

// Can reports whether the viewer has the permission. Which rows it applies to is up to the Scope.
func (v Viewer) Can(p Permission) bool { return slices.Contains(v.Permissions(), p) }

// check returns an error if v is neither a partner nor an employee with a role and the store or region that the role needs.
func (v Viewer) check() error {
	switch {
	case v.PartnerID != uuid.Nil:
		return v.checkPartner()
	case v.ClientID != "" || v.Scopes != "":
		return errors.New("partner scopes without a partner")
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

// checkPartner returns an error if v is not a partner with scopes and without the fields of an employee.
func (v Viewer) checkPartner() error {
	switch {
	case v.EmployeeID != uuid.Nil || v.SessionID != uuid.Nil || v.StoreID.Valid || v.RegionID.Valid:
		return errors.New("a partner with fields of an employee")
	case v.Role != RolePartner:
		return errors.New("a partner with an employee's role")
	case v.ClientID == "" || !v.Scopes.isValid():
		return errors.New("a partner without a client id or scopes")
	}
	return nil
}

// isSet reports whether id is neither NULL nor zero.
func isSet(id uuid.NullUUID) bool { return id.Valid && id.UUID != uuid.Nil }

// viewerKey is the key of the viewer in a context.
type viewerKey struct{}

// WithViewer returns a context that carries the viewer.
func WithViewer(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// ViewerFromContext returns the viewer that the context carries: the anonymous one when it carries none.
func ViewerFromContext(ctx context.Context) Viewer {
	switch v := ctx.Value(viewerKey{}).(type) {
	case Viewer:
		return v
	case *IdentityAccessRecorder:
		return v.readViewer()
	default:
		return Viewer{}
	}
}
