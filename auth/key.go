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

// SealedKey is a signing key as it is kept. Nothing in it is trusted but what Sealed opens to.
type SealedKey struct {
	ID            string    // RFC 7638 thumbprint of the public half: kid of the tokens
	Sealed        []byte    // the private half, as seal.go has it
	PublishedAt   time.Time // in the JWKS, and verifying, from here on
	SignsFrom     time.Time // later than PublishedAt, so that others know it by then
	VerifiesUntil time.Time // zero: no end is set, because no other key comes after it
}

// KeyStore keeps the signing keys, for all nodes.
type KeyStore interface {
	// Keys reads all keys, in no order.
	Keys(ctx context.Context) ([]SealedKey, error)
	// ChangeKeys gives f all keys and keeps those that f returns in their stead. Nobody else changes any in the meantime.
	// An error of f changes nothing and is returned.
	ChangeKeys(ctx context.Context, f func(kept []SealedKey) ([]SealedKey, error)) error
}

// signingKey is an Ed25519 key pair, opened.
type signingKey struct {
	SealedKey

	public  ed25519.PublicKey
	private ed25519.PrivateKey
}

// newKey makes a key and seals it. Until when it verifies is said when the one after it is made.
func newKey(seal sealer, publishedAt, signsFrom time.Time) (SealedKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return SealedKey{}, fmt.Errorf("make a signing key: %w", err)
	}
	id := thumbprint(public)
	return SealedKey{ID: id, Sealed: seal.seal(id, private.Seed()), PublishedAt: publishedAt, SignsFrom: signsFrom}, nil
}

// openKey opens a key that was kept. The public half is made from the private one, so that whoever can write into
// the store, and has no secret, cannot put a key of their own there. An error is an ErrWrongSecret.
func openKey(seal sealer, k SealedKey) (signingKey, error) {
	seed, err := seal.open(k.ID, k.Sealed)
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

// KeyState is what a key is for at a moment.
type KeyState string

// The states, in the order of a key's life.
const (
	KeyNext     KeyState = "next"     // published, and signs later
	KeySigns    KeyState = "signs"    // signs what is issued now
	KeyVerifies KeyState = "verifies" // signs no more; its tokens are good until they expire
	KeyRetired  KeyState = "retired"  // worth nothing; forgotten at the next rotation
)

// KeyStates says what each key is for at a moment: at most one of them signs.
func KeyStates(keys []SealedKey, now time.Time) []KeyState {
	signer := signerAt(keys, now)
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

// SortKeys puts the first to sign first.
func SortKeys(keys []SealedKey) {
	slices.SortFunc(keys, func(a, b SealedKey) int { return a.SignsFrom.Compare(b.SignsFrom) })
}

// verifies reports whether tokens of the key are good at now. A key that does not sign yet verifies already: the
// clock of whoever signs with it may be ahead.
func (k SealedKey) verifies(now time.Time) bool {
	return k.VerifiesUntil.IsZero() || now.Before(k.VerifiesUntil)
}

// signerAt is the index of the key that signs at now, -1 for none: of those whose time has come, the last one.
func signerAt(keys []SealedKey, now time.Time) int {
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

// thumbprint is the RFC 7638 thumbprint of an Ed25519 public key, in the form of RFC 8037: the SHA-256 of the JWK's
// required members in this very order.
func thumbprint(public ed25519.PublicKey) string {
	jwk := `{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(public) + `"}`
	sum := sha256.Sum256([]byte(jwk))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// isThumbprint reports whether s can be one.
func isThumbprint(s string) bool {
	sum, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(sum) == sha256.Size
}
