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
	// sealInfo separates the sealing key from whatever else is derived from the same secret. Another value is another
	// key: nothing that was sealed could be opened.
	sealInfo = "signing keys at rest, AES-256-GCM, version 1"
)

// sealer encrypts private keys for keeping. What it seals is a random nonce of 12 bytes, the ciphertext and the tag;
// the key's id is the additional data, so that no sealed key can be passed off as another.
type sealer struct{ aead cipher.AEAD }

// newSealer derives the sealing key of a secret, which has at least 32 bytes of randomness.
func newSealer(secret []byte) (sealer, error) {
	if len(secret) < minSecretBytes {
		return sealer{}, fmt.Errorf("the secret has %d bytes, it needs at least %d", len(secret), minSecretBytes)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, sealInfo, sealKeyBytes)
	if err != nil {
		return sealer{}, fmt.Errorf("derive the sealing key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, fmt.Errorf("sealing key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return sealer{}, fmt.Errorf("sealing cipher: %w", err)
	}
	return sealer{aead}, nil
}

// seal encrypts a private key.
func (s sealer) seal(id string, private []byte) []byte {
	return s.aead.Seal(nil, nil, private, []byte(id)) //nolint:gosec // the cipher makes the nonce, and wants none
}

// open decrypts what seal made with the same secret and for the same id; anything else is an ErrWrongSecret.
func (s sealer) open(id string, sealed []byte) ([]byte, error) {
	private, err := s.aead.Open(nil, nil, sealed, []byte(id))
	if err != nil {
		return nil, ErrWrongSecret // the cipher has no more to say
	}
	return private, nil
}
