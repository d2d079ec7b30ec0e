package auth

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// macKey is an HMAC-SHA-256 key.
type macKey []byte

// newMACKey derives a key from the secret, which needs at least 32 random bytes. purpose separates it from other keys that are
// derived from the same secret. A changed purpose is a different key.
func newMACKey(secret []byte, purpose string) (macKey, error) {
	if len(secret) < minSecretBytes {
		return nil, fmt.Errorf("the secret has %d bytes; use at least %d", len(secret), minSecretBytes)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	return key, nil
}

// sum returns the HMAC of the parts. It includes their lengths, so that different lists of parts never have the same input.
func (k macKey) sum(parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, k)
	for _, part := range parts {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		mac.Write(length[:]) // never fails
		mac.Write(part)
	}
	return mac.Sum(nil)
}
