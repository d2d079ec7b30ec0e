package access

import (
	"context"
	"fmt"
	"time"

	"aisle/auth"
	"aisle/store"
)

// A KeyStore stores auth's signing keys. It implements auth.KeyStore.
type KeyStore struct{ pool store.Pool }

// NewKeyStore returns a KeyStore on a pool.
func NewKeyStore(pool store.Pool) *KeyStore { return &KeyStore{pool} }

// Keys returns all keys, in no order.
func (k *KeyStore) Keys(ctx context.Context) ([]auth.SealedKey, error) { return listKeys(ctx, k.pool) }

// ChangeKeys calls f with all keys and replaces them with the keys that f returns. Other calls wait meanwhile; readers do
// not. An error of f changes nothing.
func (k *KeyStore) ChangeKeys(ctx context.Context, f func(stored []auth.SealedKey) ([]auth.SealedKey, error)) error {
	return k.pool.InTx(ctx, func(tx store.DB) error {
		q := New(tx)
		if err := q.lockSigningKeys(ctx); err != nil {
			return fmt.Errorf("lock the signing keys: %w", err)
		}
		stored, err := listKeys(ctx, tx)
		if err != nil {
			return err
		}
		keys, err := f(stored)
		if err != nil {
			return err
		}
		ids := make([]string, len(keys))
		for i, key := range keys {
			ids[i] = key.ID
			if err := q.upsertSigningKey(ctx, upsertSigningKeyParams(newSigningKeyRow(key))); err != nil {
				return fmt.Errorf("store a signing key: %w", err)
			}
		}
		if err := q.deleteOtherSigningKeys(ctx, ids); err != nil {
			return fmt.Errorf("delete signing keys: %w", err)
		}
		return nil
	})
}

func listKeys(ctx context.Context, db store.DB) ([]auth.SealedKey, error) {
	rows, err := New(db).listSigningKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the signing keys: %w", err)
	}
	keys := make([]auth.SealedKey, len(rows))
	for i, row := range rows {
		keys[i] = auth.SealedKey{ID: row.ID, Sealed: row.Sealed, PublishedAt: row.PublishedAt, SignsFrom: row.SignsFrom}
		if row.VerifiesUntil != nil {
			keys[i].VerifiesUntil = *row.VerifiesUntil
		}
	}
	return keys, nil
}

func newSigningKeyRow(k auth.SealedKey) signingKey {
	var until *time.Time
	if !k.VerifiesUntil.IsZero() {
		until = &k.VerifiesUntil
	}
	return signingKey{ID: k.ID, Sealed: k.Sealed, PublishedAt: k.PublishedAt, SignsFrom: k.SignsFrom, VerifiesUntil: until}
}
