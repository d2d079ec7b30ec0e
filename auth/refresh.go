package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
)

const (
	// refreshPrefix tells people and secret scanners what they are looking at.
	refreshPrefix = "art_"
	refreshBytes  = 32
)

// NewRefreshToken returns a refresh token of 256 random bits, and the hash of it that is stored in its stead. rand
// is crypto/rand.Reader outside of tests; the error is that of reading it.
func NewRefreshToken(rand io.Reader) (token string, hash []byte, err error) {
	var random [refreshBytes]byte
	if _, err := io.ReadFull(rand, random[:]); err != nil {
		return "", nil, fmt.Errorf("make a refresh token: %w", err)
	}
	token = refreshPrefix + base64.RawURLEncoding.EncodeToString(random[:])
	return token, HashRefreshToken(token), nil
}

// HashRefreshToken returns the SHA-256 by which a refresh token is found in storage; 32 bytes for any input. A fast
// hash will do: nobody guesses 256 bits.
func HashRefreshToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
