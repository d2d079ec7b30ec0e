package auth

import (
	"context"
	"slices"
	"time"
)

// The life of a key: it is published; KeyActivationDelay later it signs; rotateEvery after that the next one signs; and it verifies
// until the last token that it can have signed is dead.

// Rotate makes the next key, which signs in KeyActivationDelay. It wants the secret of the kept keys, else it is an ErrWrongSecret.
func (r *Keyring) Rotate(ctx context.Context) error {
	return r.change(ctx, func(kept []SealedKey, now time.Time) ([]SealedKey, error) {
		if _, err := r.open(kept); err != nil {
			return nil, err
		}
		return r.withNext(kept, now, now.Add(KeyActivationDelay))
	})
}

// Replace makes a key that signs at once and forgets all others: what they signed is refused as soon as the nodes know,
// within reloadEvery. It is for a key that was stolen, and for a secret that was lost, so it does not ask for the old one.
func (r *Keyring) Replace(ctx context.Context) error {
	return r.change(ctx, func(_ []SealedKey, now time.Time) ([]SealedKey, error) {
		return r.withNext(nil, now, now.Add(-leeway))
	})
}

// rotateWhenDue makes the next key when the last one will have signed for rotateEvery, unless another node has done it.
func (r *Keyring) rotateWhenDue(ctx context.Context) error {
	keys := *r.keys.Load()
	if len(keys) == 0 || !due(keys[len(keys)-1].SealedKey, r.config.Now()) {
		return nil
	}
	return r.change(ctx, func(kept []SealedKey, now time.Time) ([]SealedKey, error) {
		if _, err := r.open(kept); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(kept, func(k SealedKey) bool { return !due(k, now) }) {
			return kept, nil
		}
		return r.withNext(kept, now, now.Add(KeyActivationDelay))
	})
}

// due reports whether the key after k is to be published.
func due(k SealedKey, now time.Time) bool {
	return !now.Before(k.SignsFrom.Add(rotateEvery - KeyActivationDelay))
}

// withNext returns the kept keys without the retired ones, with a new one. They verify until their last tokens are
// dead, twice the leeway after the last was signed: signer's and verifier's clocks may both be wrong.
func (r *Keyring) withNext(kept []SealedKey, now, signsFrom time.Time) ([]SealedKey, error) {
	next, err := newKey(r.seal, now, signsFrom)
	if err != nil {
		return nil, err
	}
	keys := make([]SealedKey, 0, len(kept)+1)
	for _, k := range kept {
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

// change changes the kept keys and reads them anew.
func (r *Keyring) change(ctx context.Context, f func(kept []SealedKey, now time.Time) ([]SealedKey, error)) error {
	now := r.config.Now().UTC().Truncate(time.Microsecond) // as precise as they are kept
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	err := r.config.Keys.ChangeKeys(ctx, func(kept []SealedKey) ([]SealedKey, error) { return f(kept, now) })
	if err != nil {
		return err
	}
	return r.reload(ctx)
}
