package auth

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

const (
	minSecretBytes = 32
	// keyInfo separates this key from whatever else is derived from the same secret. Another value is another key:
	// all tokens that are out would be refused.
	keyInfo = "access token signing key, Ed25519, version 1"
)

// signingKey is an Ed25519 key pair and the name that tokens know it by.
type signingKey struct {
	id      string // RFC 7638 thumbprint of the public key
	public  ed25519.PublicKey
	private ed25519.PrivateKey
}

// deriveKey makes the signing key of a secret: always the same one. The secret has at least 32 bytes of randomness.
func deriveKey(secret []byte) (signingKey, error) {
	if len(secret) < minSecretBytes {
		return signingKey{}, fmt.Errorf("the secret has %d bytes, it needs at least %d", len(secret), minSecretBytes)
	}
	seed, err := hkdf.Key(sha256.New, secret, nil, keyInfo, ed25519.SeedSize)
	if err != nil {
		return signingKey{}, fmt.Errorf("derive the signing key: %w", err)
	}
	private := ed25519.NewKeyFromSeed(seed)
	public := ed25519.PublicKey(private[ed25519.SeedSize:])
	return signingKey{id: thumbprint(public), public: public, private: private}, nil
}

// thumbprint is the RFC 7638 thumbprint of an Ed25519 public key, in the form of RFC 8037: the SHA-256 of the JWK's
// required members in this very order.
func thumbprint(public ed25519.PublicKey) string {
	jwk := `{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(public) + `"}`
	sum := sha256.Sum256([]byte(jwk))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
