package auth

import (
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// claims are what an access token says. Subject is the employee's id, or the partner's, as the role says.
type claims struct {
	jwt.RegisteredClaims

	SessionID uuid.UUID     `json:"sid,omitzero"`
	Role      Role          `json:"role"`
	StoreID   uuid.NullUUID `json:"store,omitzero"`
	RegionID  uuid.NullUUID `json:"region,omitzero"`

	ClientID string        `json:"client_id,omitempty"`
	Scopes   PartnerScopes `json:"scope,omitempty"`
}

// Validate is called by the parser after the signature has been verified, beside its own checks of the registered
// claims.
func (c *claims) Validate() error {
	_, err := c.viewer()
	return err
}

// viewer returns who the claims are about; an error when that is nobody that Issue would make a token for.
func (c *claims) viewer() (Viewer, error) {
	id, err := uuid.Parse(c.Subject)
	if err != nil {
		return Viewer{}, errViewer // the parser's text would quote the claim
	}
	v := Viewer{
		EmployeeID: id,
		Role:       c.Role,
		StoreID:    c.StoreID,
		RegionID:   c.RegionID,
		SessionID:  c.SessionID,
		ClientID:   c.ClientID,
		Scopes:     c.Scopes,
	}
	if c.Role == RolePartner {
		v.EmployeeID, v.PartnerID = uuid.Nil, id
	}
	if err := checkIssued(v); err != nil {
		return Viewer{}, fmt.Errorf("%w: %w", errViewer, err)
	}
	return v, nil
}

// checkIssued returns an error when a token cannot stand for v: the employee, role and place must be there, and the session,
// because a token without one could not be ended. A partner has scopes instead, and is looked up at each request.
func checkIssued(v Viewer) error {
	if v.PartnerID == uuid.Nil && v.SessionID == uuid.Nil {
		return errors.New("no session")
	}
	return v.check()
}
