package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"aisle/auth"
	"aisle/loaders"
	"aisle/sessions"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/postgres"
)

// authentication verifies and issues access tokens.
type authentication struct {
	tokens     *auth.AccessTokens
	keyring    *auth.Keyring         // the node's own signing keys
	external   *auth.ExternalIssuers // the keys of external issuers
	revoked    *auth.RevocationList
	revocation *access.RevocationPoller
}

// newAuthentication loads the revocations and the signing keys. The first node creates the first key.
func newAuthentication(ctx context.Context, c Config, db *databases, modules loaders.Modules) (*authentication, error) {
	revoked := auth.NewRevocationList(time.Now)
	poller := access.NewRevocationPoller(db.pool, revoked, c.Log, time.Now)
	if err := poller.Load(ctx); err != nil {
		return nil, err
	}
	keyring, err := NewKeyring(db.pool, []byte(c.Secret), c.AccessTTL, c.Log)
	if err != nil {
		return nil, err
	}
	if err := keyring.Open(ctx); err != nil {
		return nil, ExplainSecret(err)
	}
	directory := sessions.EmployeeDirectory{Staff: modules.Staff, Stores: modules.Stores}
	external := auth.NewExternalIssuers(c.ExternalIssuers, directory, c.Log, time.Now)
	tokens, err := auth.NewAccessTokens(auth.AccessTokensConfig{
		Issuer: c.Issuer, Audience: c.Issuer, TTL: c.AccessTTL, Keys: keyring, External: external, IsRevoked: revoked.IsRevoked,
		Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	return &authentication{tokens, keyring, external, revoked, poller}, nil
}

// newSessions makes the service that signs employees in.
func newSessions(
	c Config, db *databases, modules loaders.Modules, authn *authentication, commands *store.CommandRunner,
) (*sessions.Service, error) {
	passwords, err := auth.NewPasswords(runtime.GOMAXPROCS(0))
	if err != nil {
		return nil, err
	}
	refresh, err := auth.NewRefreshTokens([]byte(c.Secret))
	if err != nil {
		return nil, err
	}
	throttle, err := auth.NewLoginThrottle([]byte(c.Secret))
	if err != nil {
		return nil, err
	}
	return &sessions.Service{
		Directory: sessions.EmployeeDirectory{Staff: modules.Staff, Stores: modules.Stores},
		Access:    modules.Access, Attempts: access.NewLoginAttempts(db.pool, time.Now), Commands: commands,
		AccessTokens: authn.tokens, RefreshTokens: refresh, Throttle: throttle, Passwords: passwords,
		AccessTTL: c.AccessTTL, RefreshTTL: c.RefreshTTL, OnRevoke: authn.revocation.Wake, Now: time.Now,
	}, nil
}

// newClientCredentials makes the service that issues access tokens to partners' systems.
func newClientCredentials(modules loaders.Modules, authn *authentication, s *sessions.Service) sessions.ClientCredentials {
	return sessions.ClientCredentials{Partners: modules.Partners, Tokens: authn.tokens, Throttle: s.Throttle, Attempts: s.Attempts}
}

// NewKeyring makes the keyring of the signing keys that are stored in the database, encrypted with the secret.
func NewKeyring(pool *postgres.Pool, secret []byte, ttl time.Duration, log *slog.Logger) (*auth.Keyring, error) {
	return auth.NewKeyring(auth.KeyringConfig{Keys: access.NewKeyStore(pool), Secret: secret, TTL: ttl, Log: log, Now: time.Now})
}

// ExplainSecret adds to auth.ErrWrongSecret what to do about it. It returns other errors as they are.
func ExplainSecret(err error) error {
	if !errors.Is(err, auth.ErrWrongSecret) {
		return err
	}
	return fmt.Errorf("%w Set --secret (AISLE_SECRET) to the value that the database was used with before. If that value is lost, "+
		"or you want another one, run `aisle keys rotate --replace`: it creates new keys with this secret, and all access tokens "+
		"become invalid", auth.ErrWrongSecret)
}
