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

// AddSecret creates a secret for a partner and returns its text, which is not stored: show it once. rand is crypto/rand.Reader
// except in tests.
func (s *Service) AddSecret(
	ctx context.Context, tx *store.Tx, scope auth.Scope, partnerID uuid.UUID, rand io.Reader,
) (row *Secret, text string, err error) {
	text, hash, err := auth.NewPartnerSecret(rand)
	if err != nil {
		return nil, "", err
	}
	row, err = s.AddSecretHash(ctx, tx, scope, partnerID, hash)
	if err != nil {
		return nil, "", err
	}
	return row, text, nil
}

// AddSecretHash creates a secret for a partner from its hash.
func (s *Service) AddSecretHash(
	ctx context.Context, tx *store.Tx, scope auth.Scope, partnerID uuid.UUID, hash []byte,
) (*Secret, error) {
	service := NewService(tx)
	if _, err := service.partner(ctx, scope, partnerID); err != nil {
		return nil, err
	}
	secrets, err := service.ListSecrets(ctx, scope, []uuid.UUID{partnerID})
	if err != nil {
		return nil, err
	}
	active := 0
	for _, secret := range secrets {
		if secret.EndedAt == nil {
			active++
		}
	}
	if active >= auth.MaxPartnerSecrets {
		return nil, store.NewInputError("partnerId", "The partner has %d active secrets, the maximum. End one that is not used any more.", active)
	}
	row, err := New(tx).insertSecret(ctx, insertSecretParams{ID: store.NewID(), PartnerID: partnerID, Hash: hash, CreatedAt: tx.Now})
	if err != nil {
		return nil, fmt.Errorf("insert a secret: %w", err)
	}
	row.Hash = nil
	return &row, nil
}

// EndSecret ends a secret: it no longer authenticates the partner. It does not change a secret that has ended before.
func (s *Service) EndSecret(ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID) (*Secret, error) {
	row, err := New(tx).getSecret(ctx, getSecretParams{ID: id, ScopeAll: scope.All()})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, store.NewUserError(store.CodeNotFound, "secretId", "There is no such secret.")
	}
	if err == nil && row.EndedAt == nil {
		row, err = New(tx).endSecret(ctx, endSecretParams{ID: id, EndedAt: &tx.Now})
	}
	if err != nil {
		return nil, fmt.Errorf("end a secret: %w", err)
	}
	row.Hash = nil
	return &row, nil
}
