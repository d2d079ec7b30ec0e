package auth

import (
	"context"
	"crypto/sha256"
	"unique"

	"github.com/golang-jwt/jwt/v5"
)

// Verify verifies a token that Issue or an external issuer has issued, and returns its viewer. For an invalid token it returns an
// ErrInvalidToken that wraps a reason for the log, which quotes nothing of the token; show callers only ErrInvalidToken. For an
// expired token the error is an ErrTokenExpired, too. Any other error is internal.
func (t *AccessTokens) Verify(ctx context.Context, token string) (Viewer, error) {
	if len(token) > maxTokenBytes {
		return Viewer{}, invalidToken(errTooLong)
	}
	hash := tokenHash(sha256.Sum256([]byte(token)))
	verified, ok := t.cache.get(hash, t.config.Now())
	if !ok || !t.keyVerifies(verified) {
		var err error
		if verified, err = t.verify(ctx, token); err != nil {
			return Viewer{}, err
		}
		t.cache.put(hash, verified)
	}
	if t.config.IsRevoked != nil && t.config.IsRevoked(verified.viewer) {
		return Viewer{}, invalidToken(errRevoked)
	}
	return verified.viewer, nil
}

// keyVerifies reports whether the key of a cached token still verifies.
func (t *AccessTokens) keyVerifies(token verifiedToken) bool {
	if token.kid == "" { // an external issuer's token, which is cached for a few seconds only
		return true
	}
	_, ok := t.config.Keys.verificationKey(token.kid)
	return ok
}

// verify verifies a token by the rules of the issuer that it names.
func (t *AccessTokens) verify(ctx context.Context, token string) (verifiedToken, error) {
	issuer, err := checkTokenSyntax(token)
	if err != nil {
		return verifiedToken{}, invalidToken(err)
	}
	if t.config.External.has(issuer) {
		return t.config.External.verify(ctx, issuer, token)
	}
	return t.verifyOwn(ctx, token)
}

// verifyOwn verifies a token by the rules of our own tokens.
func (t *AccessTokens) verifyOwn(ctx context.Context, token string) (verifiedToken, error) {
	var c claims
	parsed, err := t.parser.ParseWithClaims(token, &c, func(unverified *jwt.Token) (any, error) {
		return t.verificationKey(ctx, unverified)
	})
	if err != nil {
		return verifiedToken{}, invalidToken(err)
	}
	viewer, err := c.viewer() // cannot fail: claims.Validate has checked it
	if err != nil {
		return verifiedToken{}, invalidToken(err)
	}
	viewer.ExpiresAt = c.ExpiresAt.Time
	kid, _ := parsed.Header["kid"].(string)
	viewer.Role = unique.Make(viewer.Role).Value() // interned: thousands of cached tokens have the same role and kid
	return verifiedToken{
		viewer: viewer, kid: unique.Make(kid).Value(), notBefore: c.NotBefore.Add(-leeway), notAfter: c.ExpiresAt.Add(leeway),
	}, nil
}

// verificationKey returns the key that a token names. A header with anything but alg, typ and kid is rejected: jwk, jku, x5u and crit
// are never followed.
func (t *AccessTokens) verificationKey(ctx context.Context, token *jwt.Token) (any, error) {
	if token.Header["typ"] != tokenType {
		return nil, errType
	}
	if len(token.Header) > headerFields {
		return nil, errHeader
	}
	kid, _ := token.Header["kid"].(string)
	public, ok := t.config.Keys.findVerificationKey(ctx, kid)
	if !ok {
		return nil, errKey
	}
	return public, nil
}
