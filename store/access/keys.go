package access

import (
	"context"
	"time"

	"aisle/auth"
	"aisle/store"
)

// KeyStore keeps auth's signing keys. It is an auth.KeyStore.
type KeyStore struct{ pool store.Pool }

// NewKeyStore makes it on a pool.
func NewKeyStore(pool store.Pool) *KeyStore { return &KeyStore{pool} }

// KeyStore reads all keys, in no order.
func (k *KeyStore) Keys(ctx context.Context) ([]auth.SealedKey, error) { return readKeys(ctx, k.pool) }

// ChangeKeys gives f all keys and keeps those that f returns in their stead. Others who change keys wait; the keys can
// be read meanwhile. An error of f changes nothing.
func (k *KeyStore) ChangeKeys(ctx context.Context, f func(kept []auth.SealedKey) ([]auth.SealedKey, error)) error {
	return k.pool.InTx(ctx, func(tx store.DB) error {
		q := New(tx)
		if err := q.lockSigningKeys(ctx); err != nil {
			return store.Wrap("wait for the signing keys", err)
		}
		kept, err := readKeys(ctx, tx)
		if err != nil {
			return err
		}
		keys, err := f(kept)
		if err != nil {
			return err
		}
		ids := make([]string, len(keys))
		for i, key := range keys {
			ids[i] = key.ID
			if err := q.upsertSigningKey(ctx, upsertSigningKeyParams(rowOf(key))); err != nil {
				return store.Wrap("keep a signing key", err)
			}
		}
		return store.Wrap("remove signing keys", q.deleteOtherSigningKeys(ctx, ids))
	})
}

func readKeys(ctx context.Context, db store.DB) ([]auth.SealedKey, error) {
	rows, err := New(db).listSigningKeys(ctx)
	if err != nil {
		return nil, store.Wrap("read the signing keys", err)
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

func rowOf(k auth.SealedKey) signingKey {
	var until *time.Time
	if !k.VerifiesUntil.IsZero() {
		until = &k.VerifiesUntil
	}
	return signingKey{ID: k.ID, Sealed: k.Sealed, PublishedAt: k.PublishedAt, SignsFrom: k.SignsFrom, VerifiesUntil: until}
}
