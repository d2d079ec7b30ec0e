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
	// refreshPrefix tells people and secret scanners what they are looking at.
	refreshPrefix      = "art_"
	refreshSecretBytes = 32
	refreshTagBytes    = 16
	refreshBytes       = len(uuid.UUID{}) + refreshSecretBytes + refreshTagBytes
)

// RefreshTokens makes the refresh tokens of sessions, and reads those that come back. It is safe for concurrent use.
//
// A token is the id of its session, 256 bits that nobody guesses, and a tag that only who has the secret can make. Only
// its hash is stored. The first token's bits are random. A successor's are the HMAC of the token before it: so it can
// be given again without being stored, and neither the stored hash nor the secret alone is enough to make it. The tag tells a
// token that was good once from one that never was: nobody can end somebody's session by making one up.
type RefreshTokens struct{ successors, tags macKey }

// NewRefreshTokens derives the keys from the secret, which has at least 32 random bytes.
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

// RefreshToken is one that was made or has come back. Whether it is still worth something, the store knows.
type RefreshToken struct {
	SessionID uuid.UUID
	Authentic bool   // it was made with the same secret
	Hash      []byte // what is stored of it

	text string
}

// Text is the token itself, for its owner alone.
func (t RefreshToken) Text() string { return t.text }

// Issue makes the first token of a session.
func (r *RefreshTokens) Issue(sessionID uuid.UUID) RefreshToken {
	secret := make([]byte, refreshSecretBytes)
	_, _ = rand.Read(secret) // never fails
	return r.make(sessionID, secret)
}

// Rotate makes the token that comes after one: always the same.
func (r *RefreshTokens) Rotate(t RefreshToken) RefreshToken {
	return r.make(t.SessionID, r.successors.sum([]byte(t.text)))
}

// Parse reads a token that has come back. ok is false for what does not look like one.
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
		Hash:      hashOf(text),
		text:      text,
	}, true
}

func (r *RefreshTokens) make(sessionID uuid.UUID, secret []byte) RefreshToken {
	raw := append(append(append(make([]byte, 0, refreshBytes), sessionID[:]...), secret...), r.tag(sessionID[:], secret)...)
	text := refreshPrefix + base64.RawURLEncoding.EncodeToString(raw)
	return RefreshToken{SessionID: sessionID, Authentic: true, Hash: hashOf(text), text: text}
}

func (r *RefreshTokens) tag(id, secret []byte) []byte {
	return r.tags.sum(id, secret)[:refreshTagBytes]
}

// hashOf is what is stored of a token: its SHA-256. A fast hash will do: nobody guesses 256 bits.
func hashOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
