package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"unique"

	"github.com/golang-jwt/jwt/v5"
)

// Verify returns the viewer of a token: one that Issue made, or one of a foreign issuer. Every refusal is an ErrInvalidToken,
// wrapped with a reason for the log that holds nothing of the token; callers tell the outside nothing but ErrInvalidToken. A
// genuine token that is too old is an ErrTokenExpired as well. Any other error is a fault, not the bearer's.
func (t *AccessTokens) Verify(ctx context.Context, token string) (Viewer, error) {
	if len(token) > maxTokenBytes {
		return Viewer{}, refused(errTooLong)
	}
	sum := sha256.Sum256([]byte(token))
	now := t.config.Now()
	entry, ok := t.cache.get(sum, now)
	if !ok || !t.stands(entry) {
		var err error
		if entry, err = t.verify(ctx, token); err != nil {
			return Viewer{}, err
		}
		t.cache.put(sum, entry, now)
	}
	if t.config.IsRevoked != nil && t.config.IsRevoked(entry.viewer) {
		return Viewer{}, refused(errRevoked)
	}
	return entry.viewer, nil
}

// stands reports whether the key of a cached token verifies still.
func (t *AccessTokens) stands(entry verified) bool {
	if entry.kid == "" { // a foreign one, which is cached for a few seconds only
		return true
	}
	_, ok := t.config.Keys.known(entry.kid)
	return ok
}

// verify checks a token by the rules of whoever it says it is from. Those check that it says so rightly.
func (t *AccessTokens) verify(ctx context.Context, token string) (verified, error) {
	issuer, err := checkForm(token)
	if err != nil {
		return verified{}, refused(err)
	}
	if t.config.External.has(issuer) {
		return t.config.External.verify(ctx, issuer, token)
	}
	return t.verifyOwn(ctx, token)
}

// verifyOwn checks a token by the rules of our own.
func (t *AccessTokens) verifyOwn(ctx context.Context, token string) (verified, error) {
	var c claims
	parsed, err := t.parser.ParseWithClaims(token, &c, func(unverified *jwt.Token) (any, error) {
		return t.verificationKey(ctx, unverified)
	})
	if err != nil {
		return verified{}, refused(err)
	}
	viewer, err := c.viewer() // which Validate has checked
	if err != nil {
		return verified{}, refused(err)
	}
	viewer.ExpiresAt = c.ExpiresAt.Time
	kid, _ := parsed.Header["kid"].(string)
	viewer.Role = unique.Make(viewer.Role).Value() // thousands have these two in common
	return verified{
		viewer: viewer, kid: unique.Make(kid).Value(), notBefore: c.NotBefore.Add(-leeway), notAfter: c.ExpiresAt.Add(leeway),
	}, nil
}

// verificationKey returns the key that a token names, when its header is one that Issue writes. Nothing in a header
// (jwk, jku, x5u, crit) is ever followed: a header with more than alg, typ and kid is refused.
func (t *AccessTokens) verificationKey(ctx context.Context, token *jwt.Token) (any, error) {
	if token.Header["typ"] != tokenType {
		return nil, errType
	}
	if len(token.Header) > headerFields {
		return nil, errHeader
	}
	kid, _ := token.Header["kid"].(string)
	public, ok := t.config.Keys.find(ctx, kid)
	if !ok {
		return nil, errKey
	}
	return public, nil
}

// The reasons that the parser does not have.
var (
	errTooLong = errors.New("token is too long")
	errTwice   = errors.New("token says something twice")
	errType    = errors.New("token is of another type")
	errKey     = errors.New("token names no known key")
	errHeader  = errors.New("token has an unexpected header")
	errViewer  = errors.New("token names no viewer")
	errRevoked = errors.New("token was revoked")
)

// refused is the ErrInvalidToken for what the parser found. It names the reason in fixed words, because the parser's own
// text quotes the token. Expiry comes last: a token with any other fault is not told that it was good once.
func refused(err error) error {
	for _, reason := range []error{
		errTooLong, errTwice, errType, errKey, errHeader, errViewer, errRevoked,
		jwt.ErrTokenMalformed, jwt.ErrTokenSignatureInvalid, jwt.ErrTokenUnverifiable,
		jwt.ErrTokenRequiredClaimMissing, jwt.ErrTokenInvalidIssuer, jwt.ErrTokenInvalidAudience,
		jwt.ErrTokenNotValidYet, jwt.ErrTokenUsedBeforeIssued,
	} {
		if errors.Is(err, reason) {
			return fmt.Errorf("%w (%w)", ErrInvalidToken, reason)
		}
	}
	if errors.Is(err, jwt.ErrTokenExpired) {
		return fmt.Errorf("%w (%w)", ErrInvalidToken, ErrTokenExpired)
	}
	return fmt.Errorf("%w (%w)", ErrInvalidToken, jwt.ErrTokenInvalidClaims)
}
