package auth

import (
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// claims are what an access token says. Subject is the employee's id.
type claims struct {
	jwt.RegisteredClaims

	SessionID uuid.UUID     `json:"sid"`
	Role      Role          `json:"role"`
	StoreID   uuid.NullUUID `json:"store,omitzero"`
	RegionID  uuid.NullUUID `json:"region,omitzero"`
}

// Validate is called by the parser after the signature has been verified, beside its own checks of the registered
// claims.
func (c *claims) Validate() error {
	_, err := c.viewer()
	return err
}

// viewer returns who the claims are about; an error when that is nobody that Issue would make a token for.
func (c *claims) viewer() (Viewer, error) {
	employeeID, err := uuid.Parse(c.Subject)
	if err != nil {
		return Viewer{}, errViewer // the parser's text would quote the claim
	}
	v := Viewer{
		EmployeeID: employeeID,
		Role:       c.Role,
		StoreID:    c.StoreID,
		RegionID:   c.RegionID,
		SessionID:  c.SessionID,
	}
	if err := checkSession(v); err != nil {
		return Viewer{}, fmt.Errorf("%w: %w", errViewer, err)
	}
	return v, nil
}

// checkSession returns an error when a token cannot stand for v: the employee, role and place must be there, and
// the session, because a token without one could not be ended.
func checkSession(v Viewer) error {
	if v.SessionID == uuid.Nil {
		return errors.New("no session")
	}
	return v.check()
}
