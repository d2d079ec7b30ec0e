package sessions

import (
	"context"
	"errors"

	"aisle/auth"
	"aisle/store/access"
	"aisle/store/partners"
)

// Partners authenticates partners' systems.
type Partners interface {
	Authenticate(ctx context.Context, clientID, secret string) (partners.Partner, error)
}

// ClientCredentials issues access tokens to partners' systems: the client credentials grant of OAuth 2.0 (RFC 6749, section 4.4).
type ClientCredentials struct {
	Partners Partners
	Tokens   *auth.AccessTokens
	Throttle *auth.LoginThrottle
	Attempts *access.LoginAttempts
}

// IssueToken issues a token to the client with the secret. Scope is a space-separated list; empty means all scopes of the client.
// IssueToken also returns the viewer that the token stands for. Errors are auth.ErrInvalidClient, auth.ErrInvalidScope or an
// *auth.ThrottledError.
func (c ClientCredentials) IssueToken(ctx context.Context, clientID, secret, scope string) (v auth.Viewer, token string, err error) {
	partner, err := c.authenticate(ctx, clientID, secret)
	if err != nil {
		return auth.Viewer{}, "", err
	}
	scopes, err := auth.ParsePartnerScopes(scope)
	if err != nil || !scopes.IsSubsetOf(partner.Scopes) {
		return auth.Viewer{}, "", auth.ErrInvalidScope
	}
	if scopes == "" {
		scopes = partner.Scopes
	}
	v = auth.Viewer{PartnerID: partner.ID, ClientID: partner.ClientID, Role: auth.RolePartner, Scopes: scopes}
	token, v.ExpiresAt, err = c.Tokens.Issue(v)
	return v, token, err
}

// authenticate finds the partner with the secret. Failed attempts are throttled like failed sign-ins.
func (c ClientCredentials) authenticate(ctx context.Context, clientID, secret string) (partner partners.Partner, err error) {
	keys := c.Throttle.ClientKeys(clientID, auth.ClientFromContext(ctx))
	if err := c.Attempts.Begin(ctx, keys); err != nil {
		return partner, err
	}
	partner, err = c.Partners.Authenticate(ctx, clientID, secret)
	switch {
	case err == nil:
		return partner, c.Attempts.Succeed(ctx, keys)
	case errors.Is(err, auth.ErrInvalidClient):
		return partner, err
	default: // an internal error does not count as a failed attempt
		return partner, errors.Join(err, c.Attempts.Undo(ctx, keys))
	}
}
