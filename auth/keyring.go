package auth

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	// KeyActivationDelay is the time between publishing a key and signing with it. It is longer than nodes (reloadInterval) and
	// other services (the Cache-Control of the JWKS) take to learn about a new key.
	KeyActivationDelay = time.Hour

	rotationInterval     = 30 * 24 * time.Hour // how long each key signs
	reloadInterval       = time.Minute         // how soon a node learns about keys that another process changed
	minKeyReloadInterval = 10 * time.Second    // between reloads for unknown key ids
)

// KeyringConfig configures a Keyring. All fields but Now are required.
type KeyringConfig struct {
	Keys   KeyStore
	Secret []byte           // at least 32 random bytes, the same on all nodes; private keys are encrypted with it
	TTL    time.Duration    // lifetime of tokens; a replaced key verifies that much longer
	Log    *slog.Logger     // for errors of Run
	Now    func() time.Time // the clock; nil means time.Now
}

// Keyring holds the signing keys of all nodes, as this node last read them. A new Keyring is empty until Open. It is safe for
// concurrent use.
type Keyring struct {
	config KeyringConfig
	sealer keySealer
	keys   atomic.Pointer[[]signingKey] // replaced as a whole, never modified
	loader *throttledLoader
}

// NewKeyring returns an empty keyring, or an error if the secret is too short.
func NewKeyring(config KeyringConfig) (*Keyring, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	sealer, err := newKeySealer(config.Secret)
	if err != nil {
		return nil, err
	}
	config.Secret = nil // only the derived key is needed from here on
	r := &Keyring{config: config, sealer: sealer, loader: newThrottledLoader(config.Now)}
	r.keys.Store(&[]signingKey{})
	return r, nil
}

// signingKeyNow returns the key that signs now.
func (r *Keyring) signingKeyNow() (signingKey, error) {
	keys := *r.keys.Load()
	sealed := make([]SealedKey, len(keys))
	for i, k := range keys {
		sealed[i] = k.SealedKey
	}
	i := signingKeyIndex(sealed, r.config.Now())
	if i < 0 {
		return signingKey{}, errors.New("no signing key is active: the keyring is not open, or the clock of this machine is wrong")
	}
	return keys[i], nil
}

// verificationKey returns the public key with the id, if this node knows it and it verifies now.
func (r *Keyring) verificationKey(id string) (ed25519.PublicKey, bool) {
	now := r.config.Now()
	for _, k := range *r.keys.Load() {
		if k.ID == id && k.verifies(now) {
			return k.public, true
		}
	}
	return nil, false
}

// findVerificationKey is verificationKey, but reloads the keys if the id is unknown, at most once in minKeyReloadInterval. If the
// key store fails, it logs the error and returns false.
func (r *Keyring) findVerificationKey(ctx context.Context, id string) (ed25519.PublicKey, bool) {
	if public, ok := r.verificationKey(id); ok || !isThumbprint(id) {
		return public, ok
	}
	if err := r.loader.run(ctx, minKeyReloadInterval, r.load); err != nil && ctx.Err() == nil { // a canceled request is not worth a log record
		r.config.Log.WarnContext(ctx, "cannot read the signing keys to find an unknown key id", "error", err)
	}
	return r.verificationKey(id)
}

// reload replaces the keys with the stored ones.
func (r *Keyring) reload(ctx context.Context) error { return r.loader.run(ctx, 0, r.load) }

// load replaces the keys with the stored ones. If one of them cannot be decrypted, all keys stay as they were.
func (r *Keyring) load(ctx context.Context) error {
	stored, err := r.config.Keys.Keys(ctx)
	if err != nil {
		return fmt.Errorf("read the signing keys: %w", err)
	}
	keys, err := r.openKeys(stored)
	if err != nil {
		return err
	}
	r.keys.Store(&keys)
	return nil
}

// openKeys decrypts stored keys and sorts them by the time from which they sign.
func (r *Keyring) openKeys(stored []SealedKey) ([]signingKey, error) {
	SortKeys(stored)
	keys := make([]signingKey, 0, len(stored))
	for _, k := range stored {
		key, err := openKey(r.sealer, k)
		if err != nil {
			return nil, fmt.Errorf("signing key %.64q: %w", k.ID, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}
