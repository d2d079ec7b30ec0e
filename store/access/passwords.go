package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// GetPasswordHash returns the hash of an employee's password; empty if there is none.
func (s *Service) GetPasswordHash(ctx context.Context, employeeID uuid.UUID) (string, error) {
	hash, err := s.q.getPasswordHash(ctx, employeeID)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("get a password hash: %w", err)
	}
	return hash, nil
}

// SetPassword stores the hash of an employee's password.
func (s *Service) SetPassword(ctx context.Context, employeeID uuid.UUID, hash string, now time.Time) error {
	err := s.q.upsertPassword(ctx, upsertPasswordParams{EmployeeID: employeeID, PasswordHash: hash, ChangedAt: now})
	if err != nil {
		return fmt.Errorf("set a password: %w", err)
	}
	return nil
}

// ReplacePassword replaces a password hash. It returns false, and changes nothing, if the stored hash is not oldHash any
// more.
func (s *Service) ReplacePassword(ctx context.Context, employeeID uuid.UUID, oldHash, newHash string, now time.Time) (bool, error) {
	n, err := s.q.replacePassword(ctx, replacePasswordParams{
		EmployeeID: employeeID, OldHash: oldHash, NewHash: newHash, ChangedAt: now,
	})
	if err != nil {
		return false, fmt.Errorf("replace a password: %w", err)
	}
	return n > 0, nil
}
