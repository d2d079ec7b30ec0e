package auth

import (
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// claims are the claims of an access token. Subject is the id of a partner if Role is RolePartner, else of an employee.
type claims struct {
	jwt.RegisteredClaims

	SessionID uuid.UUID     `json:"sid,omitzero"`
	Role      Role          `json:"role"`
	StoreID   uuid.NullUUID `json:"store,omitzero"`
	RegionID  uuid.NullUUID `json:"region,omitzero"`

	ClientID string        `json:"client_id,omitempty"`
	Scopes   PartnerScopes `json:"scope,omitempty"`
}

// Validate implements jwt.ClaimsValidator. The parser calls it after it has verified the signature and the registered claims.
func (c *claims) Validate() error {
	_, err := c.viewer()
	return err
}

// viewer returns the viewer that the claims describe. It returns an error if Issue would not issue a token for that viewer.
func (c *claims) viewer() (Viewer, error) {
	id, err := uuid.Parse(c.Subject)
	if err != nil {
		return Viewer{}, errViewer // the parser's error would quote the claim
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
	if err := checkIssuable(v); err != nil {
		return Viewer{}, fmt.Errorf("%w: %w", errViewer, err)
	}
	return v, nil
}

// checkIssuable returns an error if no token can be issued for v. An employee needs a session, because a token without one could
// not be revoked. A partner has no session: it is looked up at each request.
func checkIssuable(v Viewer) error {
	if v.PartnerID == uuid.Nil && v.SessionID == uuid.Nil {
		return errors.New("no session")
	}
	return v.check()
}
