package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/google/uuid"
)

const (
	// refreshPrefix identifies the kind of secret to people and secret scanners.
	refreshPrefix      = "art_"
	refreshSecretBytes = 32
	refreshTagBytes    = 16
	refreshBytes       = len(uuid.UUID{}) + refreshSecretBytes + refreshTagBytes
)

// RefreshTokens issues, rotates and parses the refresh tokens of sessions. It is safe for concurrent use.
//
// A token consists of the session's id, a secret of 256 bits, and a tag that only the holder of the server's secret can compute. Only
// the token's hash is stored. The secret of the first token is random. The secret of each next token is the HMAC of the token before
// it: the server can return the same token again without storing it, and neither the stored hash nor the server's secret alone is
// enough to compute it. The tag distinguishes a used token from a made-up one, so that nobody can end a session by making one up.
type RefreshTokens struct{ successors, tags macKey }

// NewRefreshTokens derives the keys from the secret, which needs at least 32 random bytes.
func NewRefreshTokens(secret []byte) (*RefreshTokens, error) {
	successors, err := newMACKey(secret, "successors of refresh tokens, HMAC-SHA-256, version 1")
	if err != nil {
		return nil, err
	}
	tags, err := newMACKey(secret, "tags of refresh tokens, HMAC-SHA-256, version 1")
	if err != nil {
		return nil, err
	}
	return &RefreshTokens{successors, tags}, nil
}

// RefreshToken is an issued or parsed refresh token. The database decides whether it is still valid.
type RefreshToken struct {
	SessionID uuid.UUID
	Authentic bool   // the tag is right: the token was issued with the same secret
	Hash      []byte // the stored hash

	text string
}

// Text returns the token. Send it to its owner only.
func (t RefreshToken) Text() string { return t.text }

// Issue returns the first token of a session.
func (r *RefreshTokens) Issue(sessionID uuid.UUID) RefreshToken {
	secret := make([]byte, refreshSecretBytes)
	_, _ = rand.Read(secret) // never fails
	return r.newToken(sessionID, secret)
}

// Rotate returns the token that replaces t. It is always the same for the same t.
func (r *RefreshTokens) Rotate(t RefreshToken) RefreshToken {
	return r.newToken(t.SessionID, r.successors.sum([]byte(t.text)))
}

// Parse parses a token. ok is false if text does not have the format of a refresh token.
func (r *RefreshTokens) Parse(text string) (t RefreshToken, ok bool) {
	encoded, found := strings.CutPrefix(text, refreshPrefix)
	if !found || len(encoded) != base64.RawURLEncoding.EncodedLen(refreshBytes) || strings.ContainsAny(encoded, "\r\n") {
		return RefreshToken{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return RefreshToken{}, false
	}
	id, rest := raw[:len(uuid.UUID{})], raw[len(uuid.UUID{}):]
	secret, tag := rest[:refreshSecretBytes], rest[refreshSecretBytes:]
	return RefreshToken{
		SessionID: uuid.UUID(id),
		Authentic: hmac.Equal(tag, r.tag(id, secret)),
		Hash:      hashToken(text),
		text:      text,
	}, true
}

func (r *RefreshTokens) newToken(sessionID uuid.UUID, secret []byte) RefreshToken {
	raw := append(append(append(make([]byte, 0, refreshBytes), sessionID[:]...), secret...), r.tag(sessionID[:], secret)...)
	text := refreshPrefix + base64.RawURLEncoding.EncodeToString(raw)
	return RefreshToken{SessionID: sessionID, Authentic: true, Hash: hashToken(text), text: text}
}

func (r *RefreshTokens) tag(id, secret []byte) []byte {
	return r.tags.sum(id, secret)[:refreshTagBytes]
}

// hashToken returns the SHA-256 of a token. A fast hash is enough, because the token has 256 random bits.
func hashToken(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
