// Package access keeps what auth needs to be kept: passwords, sessions and signing keys.
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
func NewService(db store.DB) *Service { return &Service{New(db)} }

// ErrSessionEnded is a refresh token that is unknown, used already, expired or of a session that was ended.
var ErrSessionEnded = &store.Error{
	Code: store.CodeSessionEnded, Message: "This session has ended. Sign in again.", Field: []string{"refreshToken"},
}

// PasswordHash reads the hash of an employee's password; empty when there is none.
func (s *Service) PasswordHash(ctx context.Context, employeeID uuid.UUID) (string, error) {
	hash, err := s.q.passwordHash(ctx, employeeID)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("password of an employee: %w", err)
	}
	return hash, nil
}

// Begin starts a session that can be refreshed with the token of the hash until it expires, and returns its id.
func (s *Service) Begin(
	ctx context.Context, employeeID uuid.UUID, refreshHash []byte, now, expiresAt time.Time,
) (uuid.UUID, error) {
	id := store.NewID()
	err := s.q.createSession(ctx, createSessionParams{
		ID: id, EmployeeID: employeeID, RefreshHash: refreshHash, CreatedAt: now, ExpiresAt: expiresAt,
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("begin a session: %w", err)
	}
	return id, nil
}

// Rotate puts the new hash into the place of the old one, which is worth nothing from then on. It answers
// ErrSessionEnded when no running session has the old one.
func (s *Service) Rotate(ctx context.Context, oldHash, newHash []byte, now, expiresAt time.Time) (Session, error) {
	session, err := s.q.rotateSession(ctx, rotateSessionParams{
		OldHash: oldHash, NewHash: newHash, At: now, ExpiresAt: expiresAt,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, ErrSessionEnded
	}
	if err != nil {
		return Session{}, fmt.Errorf("refresh a session: %w", err)
	}
	return session, nil
}

// End ends an employee's session and says whether it was running.
func (s *Service) End(ctx context.Context, employeeID, sessionID uuid.UUID, now time.Time) (bool, error) {
	n, err := s.q.endSession(ctx, endSessionParams{ID: sessionID, EmployeeID: employeeID, At: &now})
	if err != nil {
		return false, fmt.Errorf("end a session: %w", err)
	}
	return n > 0, nil
}

// SetPassword gives an employee a password, by its hash.
func (s *Service) SetPassword(ctx context.Context, employeeID uuid.UUID, hash string, now time.Time) error {
	err := s.q.setPassword(ctx, setPasswordParams{EmployeeID: employeeID, PasswordHash: hash, ChangedAt: now})
	return store.Wrap("set a password", err)
}

// EndAll ends all sessions of an employee.
func (s *Service) EndAll(ctx context.Context, employeeID uuid.UUID, now time.Time) error {
	return store.Wrap("end sessions", s.q.endSessions(ctx, endSessionsParams{EmployeeID: employeeID, At: &now}))
}
