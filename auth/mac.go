package auth

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// macKey is a key of HMAC-SHA-256.
type macKey []byte

// newMACKey derives a key of the secret, which has at least 32 bytes of randomness. The purpose separates it from
// whatever else is derived from the same secret.
func newMACKey(secret []byte, purpose string) (macKey, error) {
	if len(secret) < minSecretBytes {
		return nil, fmt.Errorf("the secret has %d bytes, it needs at least %d", len(secret), minSecretBytes)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	return key, nil
}

// sum is the HMAC of the parts. Their lengths are a part of it: no two lists of parts look the same.
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
