package auth

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"
)

// SealedKey is a signing key as it is stored. Only the decrypted content of Sealed is trusted.
type SealedKey struct {
	ID            string    // RFC 7638 thumbprint of the public key; the kid of tokens
	Sealed        []byte    // the encrypted private key, see keySealer
	PublishedAt   time.Time // published in the JWKS, and verifies, from here on
	SignsFrom     time.Time // later than PublishedAt, so that verifiers know the key by then
	VerifiesUntil time.Time // zero while no later key exists
}

// KeyStore stores the signing keys of all nodes.
type KeyStore interface {
	// Keys returns all keys, in any order.
	Keys(ctx context.Context) ([]SealedKey, error)
	// ChangeKeys passes all keys to f and replaces them with the keys that f returns, while no other process can change them.
	// If f fails, ChangeKeys changes nothing and returns the error of f.
	ChangeKeys(ctx context.Context, f func(stored []SealedKey) ([]SealedKey, error)) error
}

// signingKey is a decrypted Ed25519 key pair.
type signingKey struct {
	SealedKey

	public  ed25519.PublicKey
	private ed25519.PrivateKey
}

// newSealedKey generates a key and encrypts it. VerifiesUntil stays zero until the next key is created.
func newSealedKey(sealer keySealer, publishedAt, signsFrom time.Time) (SealedKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return SealedKey{}, fmt.Errorf("generate a signing key: %w", err)
	}
	id := thumbprint(public)
	return SealedKey{ID: id, Sealed: sealer.seal(id, private.Seed()), PublishedAt: publishedAt, SignsFrom: signsFrom}, nil
}

// openKey decrypts a stored key. It derives the public key from the private key, so that an attacker who can write to the store
// but does not have the secret cannot add a key. It returns ErrWrongSecret if the key cannot be decrypted.
func openKey(sealer keySealer, k SealedKey) (signingKey, error) {
	seed, err := sealer.open(k.ID, k.Sealed)
	if err != nil {
		return signingKey{}, err
	}
	if len(seed) != ed25519.SeedSize {
		return signingKey{}, ErrWrongSecret
	}
	private := ed25519.NewKeyFromSeed(seed)
	public := ed25519.PublicKey(private[ed25519.SeedSize:])
	if thumbprint(public) != k.ID {
		return signingKey{}, ErrWrongSecret
	}
	return signingKey{SealedKey: k, public: public, private: private}, nil
}

// KeyState is the state of a key at a point in time.
type KeyState string

// The states, in the order in which a key passes through them.
const (
	KeyNext     KeyState = "next"     // published, does not sign yet
	KeySigns    KeyState = "signs"    // signs the tokens that are issued now
	KeyVerifies KeyState = "verifies" // no longer signs; its tokens are valid until they expire
	KeyRetired  KeyState = "retired"  // no longer verifies; deleted at the next rotation
)

// KeyStates returns the state of each key at now. At most one of them is KeySigns.
func KeyStates(keys []SealedKey, now time.Time) []KeyState {
	signer := signingKeyIndex(keys, now)
	states := make([]KeyState, len(keys))
	for i, k := range keys {
		switch {
		case !k.verifies(now):
			states[i] = KeyRetired
		case i == signer:
			states[i] = KeySigns
		case now.Before(k.SignsFrom):
			states[i] = KeyNext
		default:
			states[i] = KeyVerifies
		}
	}
	return states
}

// SortKeys sorts keys by SignsFrom.
func SortKeys(keys []SealedKey) {
	slices.SortFunc(keys, func(a, b SealedKey) int { return a.SignsFrom.Compare(b.SignsFrom) })
}

// verifies reports whether the key verifies tokens at now. That includes a key that does not sign yet, because the clock of another
// node may be ahead.
func (k SealedKey) verifies(now time.Time) bool {
	return k.VerifiesUntil.IsZero() || now.Before(k.VerifiesUntil)
}

// signingKeyIndex returns the index of the key that signs at now: the one with the latest SignsFrom that is not in the future. It
// returns -1 if there is none.
func signingKeyIndex(keys []SealedKey, now time.Time) int {
	signer := -1
	for i, k := range keys {
		if !k.verifies(now) || now.Before(k.SignsFrom) {
			continue
		}
		if signer < 0 || k.SignsFrom.After(keys[signer].SignsFrom) {
			signer = i
		}
	}
	return signer
}

// thumbprint returns the RFC 7638 thumbprint of an Ed25519 public key (RFC 8037): the SHA-256 of the JWK's required members in this
// order.
func thumbprint(public ed25519.PublicKey) string {
	jwk := `{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(public) + `"}`
	sum := sha256.Sum256([]byte(jwk))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// isThumbprint reports whether s has the format of a thumbprint.
func isThumbprint(s string) bool {
	sum, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(sum) == sha256.Size
}
