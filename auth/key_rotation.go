package auth

import (
	"context"
	"errors"
	"slices"
	"time"
)

// A key is published first. KeyActivationDelay later it signs. After rotationInterval the next key signs, and the key verifies until
// the last token that it can have signed has expired.

// Open reads the keys, and creates the first key if there is none. It returns an ErrWrongSecret, and changes nothing, if the stored
// keys were encrypted with another secret.
func (r *Keyring) Open(ctx context.Context) error {
	if err := r.reload(ctx); err != nil {
		return err
	}
	if len(*r.keys.Load()) > 0 {
		return nil
	}
	return r.updateKeys(ctx, func(stored []SealedKey, now time.Time) ([]SealedKey, error) {
		if len(stored) > 0 { // another node was first
			return stored, nil
		}
		// There is no older key, so the first one signs at once, also on nodes whose clocks are slow.
		return r.appendNextKey(nil, now, now.Add(-leeway))
	})
}

// Run reloads the keys every minute and creates the next key when it is due, until ctx ends. It logs errors and tries again; the
// node keeps the keys that it has.
func (r *Keyring) Run(ctx context.Context) error {
	ticker := time.NewTicker(reloadInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := errors.Join(r.reload(ctx), r.rotateWhenDue(ctx)); err != nil && ctx.Err() == nil {
			r.config.Log.ErrorContext(ctx, "cannot reload or rotate the signing keys", "error", err)
		}
	}
}

// Rotate creates the next key, which signs after KeyActivationDelay. It returns an ErrWrongSecret if the stored keys were encrypted
// with another secret.
func (r *Keyring) Rotate(ctx context.Context) error {
	return r.updateKeys(ctx, func(stored []SealedKey, now time.Time) ([]SealedKey, error) {
		if _, err := r.openKeys(stored); err != nil {
			return nil, err
		}
		return r.appendNextKey(stored, now, now.Add(KeyActivationDelay))
	})
}

// Replace creates a key that signs at once, and deletes all others. Nodes refuse the tokens of deleted keys within reloadInterval.
// Use it if a key was stolen or the secret was lost: it does not need the old secret.
func (r *Keyring) Replace(ctx context.Context) error {
	return r.updateKeys(ctx, func(_ []SealedKey, now time.Time) ([]SealedKey, error) {
		return r.appendNextKey(nil, now, now.Add(-leeway))
	})
}

// rotateWhenDue creates the next key when the last one will have signed for rotationInterval, unless another node has done so.
func (r *Keyring) rotateWhenDue(ctx context.Context) error {
	keys := *r.keys.Load()
	if len(keys) == 0 || !rotationDue(keys[len(keys)-1].SealedKey, r.config.Now()) {
		return nil
	}
	return r.updateKeys(ctx, func(stored []SealedKey, now time.Time) ([]SealedKey, error) {
		if _, err := r.openKeys(stored); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(stored, func(k SealedKey) bool { return !rotationDue(k, now) }) {
			return stored, nil
		}
		return r.appendNextKey(stored, now, now.Add(KeyActivationDelay))
	})
}

// rotationDue reports whether it is time to publish the key after k.
func rotationDue(k SealedKey, now time.Time) bool {
	return !now.Before(k.SignsFrom.Add(rotationInterval - KeyActivationDelay))
}

// appendNextKey returns the stored keys without the retired ones, and a new key. The previous keys verify until their last tokens
// have expired, plus twice the leeway: the clocks of the signer and of the verifier may both be wrong.
func (r *Keyring) appendNextKey(stored []SealedKey, now, signsFrom time.Time) ([]SealedKey, error) {
	next, err := newSealedKey(r.sealer, now, signsFrom)
	if err != nil {
		return nil, err
	}
	keys := make([]SealedKey, 0, len(stored)+1)
	for _, k := range stored {
		if !k.verifies(now) {
			continue
		}
		if k.VerifiesUntil.IsZero() {
			k.VerifiesUntil = signsFrom.Add(r.config.TTL + 2*leeway)
		}
		keys = append(keys, k)
	}
	return append(keys, next), nil
}

// updateKeys changes the stored keys and reloads them.
func (r *Keyring) updateKeys(ctx context.Context, f func(stored []SealedKey, now time.Time) ([]SealedKey, error)) error {
	now := r.config.Now().UTC().Truncate(time.Microsecond) // the precision of the database
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	err := r.config.Keys.ChangeKeys(ctx, func(stored []SealedKey) ([]SealedKey, error) { return f(stored, now) })
	if err != nil {
		return err
	}
	return r.reload(ctx)
}
