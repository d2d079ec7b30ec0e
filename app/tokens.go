package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"aisle/auth"
	"aisle/loaders"
	"aisle/sessions"
	"aisle/store"
	"aisle/store/access"
)

// tokens are a node's access tokens and what keeps their keys current.
type tokens struct {
	*auth.AccessTokens

	keys    *auth.Keyring
	foreign *auth.ExternalIssuers
}

// tokens opens the signing keys, of which the first node makes the first.
func (n node) tokens(
	ctx context.Context, pool *store.Pool, modules loaders.Modules, revoked *auth.RevocationList,
) (*tokens, error) {
	keys, err := newRing(pool, n.Secret, n.AccessTTL, n.Log)
	if err != nil {
		return nil, err
	}
	if err := keys.Open(ctx); err != nil {
		return nil, aboutSecret(err)
	}
	foreign := auth.NewExternalIssuers(n.ExternalIssuers, sessions.EmployeeDirectory{Staff: modules.Staff, Stores: modules.Stores}, n.Log, time.Now)
	made, err := auth.NewAccessTokens(auth.AccessTokensConfig{
		Issuer: n.Issuer, Audience: n.Issuer, TTL: n.AccessTTL, Keys: keys, External: foreign, IsRevoked: revoked.IsRevoked,
		Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	return &tokens{made, keys, foreign}, nil
}

// newRing makes the ring of the keys that the database has.
func newRing(pool *store.Pool, secret []byte, ttl time.Duration, log *slog.Logger) (*auth.Keyring, error) {
	return auth.NewKeyring(auth.KeyringConfig{Keys: access.NewKeyStore(pool), Secret: secret, TTL: ttl, Log: log, Now: time.Now})
}

// aboutSecret says what can be done about a secret that does not open the keys.
func aboutSecret(err error) error {
	if !errors.Is(err, auth.ErrWrongSecret) {
		return err
	}
	return fmt.Errorf("%w Give the --secret (AISLE_SECRET) that the database was used with before. If that one is lost, or "+
		"another is wanted, `aisle keys rotate --replace` makes new keys with this one, and everybody's access token is refused "+
		"once", auth.ErrWrongSecret)
}
