// Package access keeps what auth needs to be kept: passwords, sessions, signing keys, whose tokens are revoked, and how
// often signing in has failed.
package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"aisle/store"
)

// Service keeps passwords and sessions. It takes no scopes: it is what a viewer, and so a scope, comes from.
type Service struct{ q *Queries }

// NewService makes the module's service on a pool or a transaction.
func NewService(db store.DB) *Service { return &Service{New(store.WithModule(db, "access"))} }

// GetPasswordHash reads the hash of an employee's password; empty when there is none.
func (s *Service) GetPasswordHash(ctx context.Context, employeeID uuid.UUID) (string, error) {
	hash, err := s.q.getPasswordHash(ctx, employeeID)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("password of an employee: %w", err)
	}
	return hash, nil
}

// SetPassword gives an employee a password, by its hash.
func (s *Service) SetPassword(ctx context.Context, employeeID uuid.UUID, hash string, now time.Time) error {
	err := s.q.upsertPassword(ctx, upsertPasswordParams{EmployeeID: employeeID, PasswordHash: hash, ChangedAt: now})
	return store.Wrap("set a password", err)
}

// ReplacePassword gives an employee another password in the place of the one that has the old hash, and says whether it
// did: somebody else may have been faster.
func (s *Service) ReplacePassword(ctx context.Context, employeeID uuid.UUID, oldHash, newHash string, now time.Time) (bool, error) {
	n, err := s.q.replacePassword(ctx, replacePasswordParams{
		EmployeeID: employeeID, OldHash: oldHash, NewHash: newHash, ChangedAt: now,
	})
	return n > 0, store.Wrap("replace a password", err)
}
