package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	tokenType     = "at+jwt"         // RFC 9068
	headerFields  = 3                // alg, typ, kid
	maxTokenBytes = 8 << 10          // ours have about 600
	leeway        = 30 * time.Second // how far the clocks of two machines may differ
)

// TokensConfig is what Tokens need. All but Now is required.
type TokensConfig struct {
	Issuer   string           // iss of the tokens
	Audience string           // aud of the tokens
	TTL      time.Duration    // how long a token is valid; at least a second, which is also its precision
	Secret   []byte           // at least 32 random bytes, from which the Ed25519 key is derived
	Now      func() time.Time // the clock; nil means time.Now
}

// Tokens issues and verifies access tokens: EdDSA-signed JWTs that carry a Viewer. It is safe for concurrent use.
//
// Verify answers from the token alone: it cannot know of a session that was ended since. Keep the TTL short.
type Tokens struct {
	config TokensConfig
	key    signingKey
	parser *jwt.Parser
	cache  verifiedCache
}

// NewTokens returns the tokens of a configuration, or an error that says what is wrong with it.
func NewTokens(config TokensConfig) (*Tokens, error) {
	// To the parser an empty issuer or audience would mean: any.
	if config.Issuer == "" || config.Audience == "" {
		return nil, errors.New("tokens need an issuer and an audience")
	}
	if config.TTL < time.Second {
		return nil, fmt.Errorf("tokens need a lifetime of at least 1s, not %s", config.TTL)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	key, err := deriveKey(config.Secret)
	if err != nil {
		return nil, err
	}
	config.Secret = nil // the key is enough from here on
	return &Tokens{
		config: config,
		key:    key,
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
			jwt.WithIssuer(config.Issuer),
			jwt.WithAudience(config.Audience),
			jwt.WithExpirationRequired(),
			jwt.WithNotBeforeRequired(),
			jwt.WithIssuedAt(),
			jwt.WithLeeway(leeway),
			jwt.WithTimeFunc(config.Now),
			jwt.WithStrictDecoding(),
		),
		cache: verifiedCache{entries: map[[sha256.Size]byte]verified{}},
	}, nil
}

// Issue returns a new token for the viewer and when it expires. The viewer has an employee, a session, a role, and
// the store or region that the role needs; otherwise it is an error.
func (t *Tokens) Issue(v Viewer) (token string, expiresAt time.Time, err error) {
	if err := checkSession(v); err != nil {
		return "", time.Time{}, fmt.Errorf("issue an access token: %w", err)
	}
	now := t.config.Now().UTC().Truncate(time.Second)
	expiresAt = now.Add(t.config.TTL).Truncate(time.Second)
	unsigned := jwt.NewWithClaims(jwt.SigningMethodEdDSA, &claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    t.config.Issuer,
			Subject:   v.EmployeeID.String(),
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
	})
	unsigned.Header["typ"] = tokenType
	unsigned.Header["kid"] = t.key.id
	token, err = unsigned.SignedString(t.key.private)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign an access token: %w", err)
	}
	return token, expiresAt, nil
}

// Verify returns the viewer of a token that Issue made. Every failure is an ErrToken, wrapped with a reason for the
// log that holds nothing of the token. A genuine token that is too old is an ErrTokenExpired as well.
func (t *Tokens) Verify(token string) (Viewer, error) {
	if len(token) > maxTokenBytes {
		return Viewer{}, refused(errTooLong)
	}
	sum := sha256.Sum256([]byte(token))
	if viewer, ok := t.cache.get(sum, t.config.Now()); ok {
		return viewer, nil
	}
	// The decoder skips line breaks: without this one token could be written, and cached, in many ways.
	if strings.ContainsAny(token, "\r\n") {
		return Viewer{}, refused(jwt.ErrTokenMalformed)
	}
	var c claims
	if _, err := t.parser.ParseWithClaims(token, &c, t.verificationKey); err != nil {
		return Viewer{}, refused(err)
	}
	viewer, err := c.viewer() // which Validate has checked
	if err != nil {
		return Viewer{}, refused(err)
	}
	viewer.ExpiresAt = c.ExpiresAt.Time
	t.cache.put(sum, verified{
		viewer:    viewer,
		notBefore: c.NotBefore.Add(-leeway),
		notAfter:  c.ExpiresAt.Add(leeway),
	})
	return viewer, nil
}

// verificationKey returns the key that a token names, when its header is one that Issue writes. Nothing in a header
// (jwk, jku, x5u, crit) is ever followed: a header with more than alg, typ and kid is refused.
func (t *Tokens) verificationKey(token *jwt.Token) (any, error) {
	switch {
	case token.Header["typ"] != tokenType:
		return nil, errType
	case token.Header["kid"] != t.key.id:
		return nil, errKey
	case len(token.Header) != headerFields:
		return nil, errHeader
	}
	return t.key.public, nil
}

// The reasons that the parser does not have.
var (
	errTooLong = errors.New("token is too long")
	errType    = errors.New("token is of another type")
	errKey     = errors.New("token names no known key")
	errHeader  = errors.New("token has an unexpected header")
	errViewer  = errors.New("token names no viewer")
)

// refused is the ErrToken for what the parser found. It names the reason in fixed words, because the parser's own
// text quotes the token. Expiry comes last: a token with any other fault is not told that it was good once.
func refused(err error) error {
	for _, reason := range []error{
		errTooLong, errType, errKey, errHeader, errViewer,
		jwt.ErrTokenMalformed, jwt.ErrTokenSignatureInvalid, jwt.ErrTokenUnverifiable,
		jwt.ErrTokenRequiredClaimMissing, jwt.ErrTokenInvalidIssuer, jwt.ErrTokenInvalidAudience,
		jwt.ErrTokenNotValidYet, jwt.ErrTokenUsedBeforeIssued,
	} {
		if errors.Is(err, reason) {
			return fmt.Errorf("%w (%w)", ErrToken, reason)
		}
	}
	if errors.Is(err, jwt.ErrTokenExpired) {
		return fmt.Errorf("%w (%w)", ErrToken, ErrTokenExpired)
	}
	return fmt.Errorf("%w (%w)", ErrToken, jwt.ErrTokenInvalidClaims)
}
