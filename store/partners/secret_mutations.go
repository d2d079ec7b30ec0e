package partners

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"aisle/auth"
	"aisle/store"
)

// A SecretChange is a secret that was added or revoked, with its partner.
type SecretChange struct {
	Partner Partner
	Secret  Secret // without its hash
}

// AddSecret creates a secret for a partner and returns its text, which is not stored: show it once. rand is crypto/rand.Reader
// except in tests.
func (s *Service) AddSecret(
	ctx context.Context, tx *store.Tx, scope auth.Scope, partnerID uuid.UUID, rand io.Reader,
) (added *SecretChange, text string, err error) {
	text, hash, err := auth.NewPartnerSecret(rand)
	if err != nil {
		return nil, "", err
	}
	added, err = s.AddSecretHash(ctx, tx, scope, partnerID, hash)
	if err != nil {
		return nil, "", err
	}
	return added, text, nil
}

// AddSecretHash creates a secret for a partner from its hash.
func (s *Service) AddSecretHash(
	ctx context.Context, tx *store.Tx, scope auth.Scope, partnerID uuid.UUID, hash []byte,
) (*SecretChange, error) {
	service := NewService(tx)
	partner, err := service.partner(ctx, scope, partnerID)
	if err != nil {
		return nil, err
	}
	secrets, err := service.ListSecrets(ctx, scope, []uuid.UUID{partnerID})
	if err != nil {
		return nil, err
	}
	active := 0
	for _, secret := range secrets {
		if secret.RevokedAt == nil {
			active++
		}
	}
	if active >= auth.MaxPartnerSecrets {
		return nil, store.NewUserError(store.CodeTooMany, "partnerId",
			"The partner has %d active secrets, the maximum. Revoke one that is not used any more.", active)
	}
	row, err := New(tx).insertSecret(ctx, insertSecretParams{ID: store.NewID(), PartnerID: partnerID, Hash: hash, CreatedAt: tx.Now})
	if err != nil {
		return nil, fmt.Errorf("insert a secret: %w", err)
	}
	row.Hash = nil
	return &SecretChange{*partner, row}, nil
}

// RevokeSecret revokes a secret: it no longer authenticates the partner. It does not change a secret that was revoked before.
func (s *Service) RevokeSecret(ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID) (*SecretChange, error) {
	row, err := New(tx).getSecret(ctx, getSecretParams{ID: id, ScopeAll: scope.All()})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, store.NewUserError(store.CodeNotFound, "secretId", "There is no such secret.")
	}
	if err == nil && row.RevokedAt == nil {
		row, err = New(tx).revokeSecret(ctx, revokeSecretParams{ID: id, RevokedAt: &tx.Now})
	}
	if err != nil {
		return nil, fmt.Errorf("revoke a secret: %w", err)
	}
	row.Hash = nil
	partner, err := NewService(tx).partner(ctx, scope, row.PartnerID)
	if err != nil {
		return nil, err
	}
	return &SecretChange{*partner, row}, nil
}
