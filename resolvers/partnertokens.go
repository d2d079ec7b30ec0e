package resolvers

import (
	"context"
	"errors"

	"aisle/auth"
	"aisle/store/access"
	"aisle/store/partners"
)

// ClientCredentials gives partners' systems access tokens.
type ClientCredentials struct {
	Partners *partners.Service
	Tokens   *auth.AccessTokens
	Throttle *auth.LoginThrottle
	Tries    *access.LoginAttempts
}

// IssueToken gives a token to the client that has the secret, with the scopes that it asks for: all of its own for none. The
// viewer is what the token stands for. It answers auth.ErrInvalidClient, auth.ErrInvalidScope or an *auth.ThrottledError.
func (t ClientCredentials) IssueToken(ctx context.Context, clientID, secret, scope string) (v auth.Viewer, token string, err error) {
	partner, err := t.authenticate(ctx, clientID, secret)
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
	token, v.ExpiresAt, err = t.Tokens.Issue(v)
	return v, token, err
}

// authenticate finds the partner that has the secret. Wrong ones are counted, as wrong passwords are.
func (t ClientCredentials) authenticate(ctx context.Context, clientID, secret string) (partner partners.Partner, err error) {
	try := t.Throttle.ClientKeys(clientID, auth.ClientFromContext(ctx))
	if err := t.Tries.Begin(ctx, try); err != nil {
		return partner, err
	}
	partner, err = t.Partners.Authenticate(ctx, clientID, secret)
	switch {
	case err == nil:
		return partner, t.Tries.Succeed(ctx, try)
	case errors.Is(err, auth.ErrInvalidClient):
		return partner, err
	default: // not the client's failure
		return partner, errors.Join(err, t.Tries.Undo(ctx, try))
	}
}
