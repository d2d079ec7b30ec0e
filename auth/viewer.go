package auth

import (
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

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
