package resolvers

import (
	"context"

	"aisle/auth"
	"aisle/store/partners"
)

// PartnerTokens gives partners' systems access tokens.
type PartnerTokens struct {
	Partners *partners.Service
	Tokens   *auth.Tokens
}

// Grant gives a token to the client that has the secret, with the scopes that it asks for: all of its own for none. The
// viewer is what the token stands for. It answers auth.ErrClient or auth.ErrScope.
func (t PartnerTokens) Grant(ctx context.Context, clientID, secret, scope string) (v auth.Viewer, token string, err error) {
	partner, err := t.Partners.Authenticate(ctx, clientID, secret)
	if err != nil {
		return auth.Viewer{}, "", err
	}
	scopes, err := auth.ParsePartnerScopes(scope)
	if err != nil || !scopes.Within(partner.Scopes) {
		return auth.Viewer{}, "", auth.ErrScope
	}
	if scopes == "" {
		scopes = partner.Scopes
	}
	v = auth.Viewer{PartnerID: partner.ID, ClientID: partner.ClientID, Role: auth.RolePartner, Scopes: scopes}
	token, v.ExpiresAt, err = t.Tokens.Issue(v)
	return v, token, err
}
