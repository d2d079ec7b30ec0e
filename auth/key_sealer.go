package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

const (
	minSecretBytes = 32
	sealKeyBytes   = 32 // AES-256
	// sealInfo separates the sealing key from other keys that are derived from the same secret. If it changes, stored keys cannot
	// be decrypted.
	sealInfo = "signing keys at rest, AES-256-GCM, version 1"
)

// keySealer encrypts private keys for storage with AES-256-GCM. The output is a random nonce of 12 bytes, the ciphertext and the tag.
// The key's id is the additional data, so that a sealed key cannot be swapped for another.
type keySealer struct{ aead cipher.AEAD }

// newKeySealer derives the sealing key from the secret, which needs at least 32 random bytes.
func newKeySealer(secret []byte) (keySealer, error) {
	if len(secret) < minSecretBytes {
		return keySealer{}, fmt.Errorf("the secret has %d bytes; use at least %d", len(secret), minSecretBytes)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, sealInfo, sealKeyBytes)
	if err != nil {
		return keySealer{}, fmt.Errorf("derive the sealing key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return keySealer{}, fmt.Errorf("create the sealing cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return keySealer{}, fmt.Errorf("create the sealing cipher: %w", err)
	}
	return keySealer{aead}, nil
}

// seal encrypts a private key.
func (s keySealer) seal(id string, private []byte) []byte {
	return s.aead.Seal(nil, nil, private, []byte(id)) //nolint:gosec // the cipher generates the nonce
}

// open decrypts the output of seal. It returns ErrWrongSecret if the secret or the id differs.
func (s keySealer) open(id string, sealed []byte) ([]byte, error) {
	private, err := s.aead.Open(nil, nil, sealed, []byte(id))
	if err != nil {
		return nil, ErrWrongSecret // the cipher's error has no more information
	}
	return private, nil
}
