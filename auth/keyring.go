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
	// KeyActivationDelay is how long a key is published before it signs: longer than nodes (reloadEvery) and others (the JWKS's
	// Cache-Control) take to learn of it.
	KeyActivationDelay = time.Hour

	rotateEvery     = 30 * 24 * time.Hour // how long each key signs
	reloadEvery     = time.Minute         // how soon a node learns what others did to the keys
	unknownKeyEvery = 10 * time.Second    // how often unknown kids make a node look, at most
)

// KeyringConfig is what a Ring needs. All but Now is required.
type KeyringConfig struct {
	Keys   KeyStore
	Secret []byte           // at least 32 random bytes, the same on all nodes: private keys are sealed with it
	TTL    time.Duration    // how long a token is valid: an old key verifies as long
	Log    *slog.Logger     // what goes wrong while Run runs
	Now    func() time.Time // the clock; nil means time.Now
}

// Keyring is the signing keys of all nodes, as this node knows them. It is safe for concurrent use. A new one is empty:
// Open it.
type Keyring struct {
	config KeyringConfig
	seal   sealer
	keys   atomic.Pointer[[]signingKey] // replaced as a whole, never changed
	loads  *seldom
}

// NewKeyring returns an empty ring, or an error that says what is wrong with the configuration.
func NewKeyring(config KeyringConfig) (*Keyring, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	seal, err := newSealer(config.Secret)
	if err != nil {
		return nil, err
	}
	config.Secret = nil // the sealing key is enough from here on
	r := &Keyring{config: config, seal: seal, loads: newSeldom(config.Now)}
	r.keys.Store(&[]signingKey{})
	return r, nil
}

// Open reads the keys, and makes the first one where there is none. A secret that is not that of the kept keys is an
// ErrWrongSecret, and changes nothing.
func (r *Keyring) Open(ctx context.Context) error {
	if err := r.reload(ctx); err != nil {
		return err
	}
	if len(*r.keys.Load()) > 0 {
		return nil
	}
	return r.change(ctx, func(kept []SealedKey, now time.Time) ([]SealedKey, error) {
		if len(kept) > 0 { // another node was first
			return kept, nil
		}
		// Nobody knows an older one, so there is nothing to wait for, not even by nodes whose clocks are slow.
		return r.withNext(nil, now, now.Add(-leeway))
	})
}

// Run keeps this node's keys current, and makes the next key when it is time, until ctx ends. What goes wrong is
// logged and tried again: the node goes on with the keys that it has.
func (r *Keyring) Run(ctx context.Context) error {
	ticker := time.NewTicker(reloadEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := errors.Join(r.reload(ctx), r.rotateWhenDue(ctx)); err != nil && ctx.Err() == nil {
			r.config.Log.ErrorContext(ctx, "the signing keys cannot be kept current", "error", err)
		}
	}
}

// reload reads the keys anew. They come as a whole: one that cannot be opened leaves those that were known.
func (r *Keyring) reload(ctx context.Context) error { return r.loads.do(ctx, 0, r.load) }

func (r *Keyring) load(ctx context.Context) error {
	kept, err := r.config.Keys.Keys(ctx)
	if err != nil {
		return fmt.Errorf("read the signing keys: %w", err)
	}
	keys, err := r.open(kept)
	if err != nil {
		return err
	}
	r.keys.Store(&keys)
	return nil
}

// open opens kept keys, and sorts them: the first to sign first.
func (r *Keyring) open(kept []SealedKey) ([]signingKey, error) {
	SortKeys(kept)
	keys := make([]signingKey, 0, len(kept))
	for _, k := range kept {
		key, err := openKey(r.seal, k)
		if err != nil {
			return nil, fmt.Errorf("signing key %.64q: %w", k.ID, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// signer returns the key that signs now.
func (r *Keyring) signer() (signingKey, error) {
	keys := *r.keys.Load()
	sealed := make([]SealedKey, len(keys))
	for i, k := range keys {
		sealed[i] = k.SealedKey
	}
	i := signerAt(sealed, r.config.Now())
	if i < 0 {
		return signingKey{}, errors.New("no signing key: the ring was not opened, or this machine's clock is wrong")
	}
	return keys[i], nil
}

// known returns the public half of a key that verifies now and that this node knows.
func (r *Keyring) known(id string) (ed25519.PublicKey, bool) {
	now := r.config.Now()
	for _, k := range *r.keys.Load() {
		if k.ID == id && k.verifies(now) {
			return k.public, true
		}
	}
	return nil, false
}

// find is known, and looks for an unknown key in the store: at most once in unknownKeyEvery, whoever asks for
// whatever. A store that does not answer is logged and knows no such key.
func (r *Keyring) find(ctx context.Context, id string) (ed25519.PublicKey, bool) {
	if public, ok := r.known(id); ok || !isThumbprint(id) {
		return public, ok
	}
	if err := r.loads.do(ctx, unknownKeyEvery, r.load); err != nil && ctx.Err() == nil { // whoever left is not worth a line
		r.config.Log.WarnContext(ctx, "the signing keys cannot be read to look for an unknown one", "error", err)
	}
	return r.known(id)
}
