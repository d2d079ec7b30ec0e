package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Role is what an employee is in the chain, or that somebody is a partner. The values are those of GraphQL and of the
// database.
type Role string

// The roles, from the store's floor to the head office.
const (
	RoleAssociate     Role = "ASSOCIATE"      // works on the tasks of one store
	RoleSupervisor    Role = "SUPERVISOR"     // gives out and verifies the tasks of one store
	RoleStoreManager  Role = "STORE_MANAGER"  // runs one store and its staff
	RoleRegionManager Role = "REGION_MANAGER" // runs the stores of one region
	RoleAdmin         Role = "ADMIN"          // runs the chain
)

// RolePartner is no role of an employee: it is that of partners' systems, whose scopes say what they may do.
const RolePartner Role = "PARTNER"

// Valid reports whether r is one of the roles of employees.
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

// Viewer is who asks: an employee, or a partner's system. The zero value is anonymous.
type Viewer struct {
	EmployeeID uuid.UUID
	Role       Role
	StoreID    uuid.NullUUID // set for the three store roles
	RegionID   uuid.NullUUID // the region of the store, or the one that a region manager has; unset for admins
	SessionID  uuid.UUID
	ExpiresAt  time.Time // when the access token does; zero for never

	// Of a partner's system, which has these and none of the employee's, the place and the session.
	PartnerID uuid.UUID
	ClientID  string // the name that the partner has at the token endpoint
	Scopes    PartnerScopes
}

// Anonymous reports whether nobody has signed in.
func (v Viewer) Anonymous() bool { return v.ID() == uuid.Nil }

// ID is that of the employee or of the partner; zero for nobody.
func (v Viewer) ID() uuid.UUID {
	if v.PartnerID != uuid.Nil {
		return v.PartnerID
	}
	return v.EmployeeID
}

// Permissions returns what the viewer may do, sorted: what the employee's role has, or what the partner's scopes come to.
// The slice is the caller's.
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

// Can reports whether the viewer has the permission. It says nothing about which rows: that is the Scope.
func (v Viewer) Can(p Permission) bool { return slices.Contains(v.Permissions(), p) }

// check returns an error when v is neither an employee with a role and the place that the role needs, nor a partner.
func (v Viewer) check() error {
	switch {
	case v.PartnerID != uuid.Nil:
		return v.checkPartner()
	case v.ClientID != "" || v.Scopes != "":
		return errors.New("a partner's scopes without a partner")
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

// checkPartner returns an error when v is not a partner with scopes, and nothing else.
func (v Viewer) checkPartner() error {
	switch {
	case v.EmployeeID != uuid.Nil || v.SessionID != uuid.Nil || v.StoreID.Valid || v.RegionID.Valid:
		return errors.New("a partner who is an employee")
	case v.Role != RolePartner:
		return errors.New("a partner with an employee's role")
	case v.ClientID == "" || !v.Scopes.wellFormed():
		return errors.New("a partner without a client id or scopes")
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

// ViewerFromContext returns the viewer that the context carries: the anonymous one when it carries none.
func ViewerFromContext(ctx context.Context) Viewer {
	switch v := ctx.Value(viewerKey{}).(type) {
	case Viewer:
		return v
	case trackedViewer:
		v.recorder.record()
		return v.Viewer
	default:
		return Viewer{}
	}
}
