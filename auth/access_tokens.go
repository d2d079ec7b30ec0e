package auth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	algEdDSA      = "EdDSA"          // the one that our tokens are signed by
	tokenType     = "at+jwt"         // RFC 9068
	headerFields  = 3                // alg, typ, kid
	maxTokenBytes = 8 << 10          // ours have about 600
	leeway        = 30 * time.Second // how far the clocks of two machines may differ
)

// AccessTokensConfig is what Tokens need. All but Foreign, Revoked and Now is required.
type AccessTokensConfig struct {
	Issuer   string           // iss of the tokens
	Audience string           // aud of the tokens
	TTL      time.Duration    // how long a token is valid; at least a second, which is also its precision
	Keys     *Keyring         // what tokens are signed with, and verified
	External *ExternalIssuers // whose tokens are good besides; nil for nobody's

	// IsRevoked reports whether a viewer is out although the token is good: the session has ended, or the employee has left.
	// It is asked at each request, so it answers from memory. nil means that nobody ever is.
	IsRevoked func(v Viewer) bool
	Now       func() time.Time // the clock; nil means time.Now
}

// AccessTokens issues and verifies access tokens: EdDSA-signed JWTs that carry a Viewer. It is safe for concurrent use.
type AccessTokens struct {
	config AccessTokensConfig
	parser *jwt.Parser
	cache  verifiedCache
}

// NewAccessTokens returns the tokens of a configuration, or an error that says what is wrong with it.
func NewAccessTokens(config AccessTokensConfig) (*AccessTokens, error) {
	// To the parser an empty issuer or audience would mean: any.
	if config.Issuer == "" || config.Audience == "" {
		return nil, errors.New("tokens need an issuer and an audience")
	}
	if config.TTL < time.Second {
		return nil, fmt.Errorf("tokens need a lifetime of at least 1s, not %s", config.TTL)
	}
	if config.Keys == nil {
		return nil, errors.New("tokens need a ring of keys")
	}
	if config.External.has(config.Issuer) {
		return nil, fmt.Errorf("%q is this issuer itself and cannot be a foreign one", config.Issuer)
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
	}, nil
}

// parserOptions are what is asked of every token, whoever it is from.
func parserOptions(issuer, audience string, now func() time.Time) []jwt.ParserOption {
	return []jwt.ParserOption{
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(now),
		jwt.WithStrictDecoding(),
	}
}

// Issue returns a new token for the viewer and when it expires. The viewer has an employee, a session, a role, and
// the store or region that the role needs, or is a partner with scopes; otherwise it is an error.
func (t *AccessTokens) Issue(v Viewer) (token string, expiresAt time.Time, err error) {
	if err := checkIssued(v); err != nil {
		return "", time.Time{}, fmt.Errorf("issue an access token: %w", err)
	}
	key, err := t.config.Keys.signer()
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
