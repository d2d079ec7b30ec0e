package auth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// AccessTokensConfig configures AccessTokens. All fields but External, IsRevoked and Now are required.
type AccessTokensConfig struct {
	Issuer   string           // iss of our tokens
	Audience string           // aud of our tokens
	TTL      time.Duration    // lifetime of a token; at least a second, which is also the precision
	Keys     *Keyring         // signs and verifies our tokens
	External *ExternalIssuers // verifies tokens of external issuers; may be nil

	// IsRevoked reports whether a viewer's valid token is revoked, because the session has ended or the employee has left. It is
	// called at each request and must not block. nil means that no token is ever revoked.
	IsRevoked func(v Viewer) bool
	Now       func() time.Time // the clock; nil means time.Now
}

// AccessTokens issues and verifies access tokens: EdDSA-signed JWTs that carry a Viewer. It is safe for concurrent use.
type AccessTokens struct {
	config AccessTokensConfig
	parser *jwt.Parser
	cache  tokenCache
}

// NewAccessTokens returns AccessTokens, or an error if the configuration is invalid.
func NewAccessTokens(config AccessTokensConfig) (*AccessTokens, error) {
	// The parser would accept any issuer or audience if they were empty.
	if config.Issuer == "" || config.Audience == "" {
		return nil, errors.New("access tokens need an issuer and an audience")
	}
	if config.TTL < time.Second {
		return nil, fmt.Errorf("access tokens need a lifetime of at least 1s, not %s", config.TTL)
	}
	if config.Keys == nil {
		return nil, errors.New("access tokens need a keyring")
	}
	if config.External.has(config.Issuer) {
		return nil, fmt.Errorf("%q is the issuer of this server and cannot be an external issuer", config.Issuer)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &AccessTokens{
		config: config,
		parser: jwt.NewParser(append(parserOptions(config.Issuer, config.Audience, config.Now),
			jwt.WithValidMethods([]string{algEdDSA}),
			jwt.WithNotBeforeRequired(),
		)...),
		cache: newTokenCache(config.Now),
	}, nil
}

// Issue returns a new token for the viewer and the time at which it expires. The viewer must be an employee with a session, a role and
// the store or region that the role needs, or a partner with scopes.
func (t *AccessTokens) Issue(v Viewer) (token string, expiresAt time.Time, err error) {
	if err := checkIssuable(v); err != nil {
		return "", time.Time{}, fmt.Errorf("issue an access token: %w", err)
	}
	key, err := t.config.Keys.signingKeyNow()
	if err != nil {
		return "", time.Time{}, err
	}
	now := t.config.Now().UTC().Truncate(time.Second)
	expiresAt = now.Add(t.config.TTL).Truncate(time.Second)
	unsigned := jwt.NewWithClaims(jwt.SigningMethodEdDSA, &claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    t.config.Issuer,
			Subject:   v.ID().String(),
			Audience:  jwt.ClaimStrings{t.config.Audience},
			ExpiresAt: jwt.NewNumericDate(expiresAt),
			NotBefore: jwt.NewNumericDate(now),
			IssuedAt:  jwt.NewNumericDate(now),
			ID:        rand.Text(),
		},
		SessionID: v.SessionID,
		Role:      v.Role,
		StoreID:   v.StoreID,
		RegionID:  v.RegionID,
		ClientID:  v.ClientID,
		Scopes:    v.Scopes,
	})
	unsigned.Header["typ"] = tokenType
	unsigned.Header["kid"] = key.ID
	token, err = unsigned.SignedString(key.private)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign an access token: %w", err)
	}
	return token, expiresAt, nil
}
