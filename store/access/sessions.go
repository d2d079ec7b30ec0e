package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"aisle/auth"
	"aisle/store"
)

// SessionPrefix is the prefix of sessions' global ids.
const SessionPrefix = "session"

const (
	// rotationGracePeriod is how long a used refresh token gets the same successor again: the response may have been lost.
	rotationGracePeriod = time.Minute
	maxListedSessions   = 100 // per employee
)

// ErrSessionEnded reports a refresh token that is malformed or expired, or whose session has ended.
var ErrSessionEnded = &store.UserError{
	Code: store.CodeSessionEnded, Message: "This session has ended. Sign in again.", Field: []string{"refreshToken"},
}

// ErrRefreshTokenReused reports a refresh token that was used before, of an active session: somebody has copied it.
var ErrRefreshTokenReused = errors.New("the refresh token was used before")

// SessionInfo is a session without its tokens.
type SessionInfo struct {
	ID            uuid.UUID `json:"id"`
	EmployeeID    uuid.UUID `json:"employee_id"`
	CreatedAt     time.Time `json:"created_at"`
	LastUsedAt    time.Time `json:"last_used_at"` // when new tokens were last issued
	ExpiresAt     time.Time `json:"expires_at"`
	ClientName    *string   `json:"client_name"` // as the client named itself; nil if it did not
	ClientVersion *string   `json:"client_version"`
	AddressHint   *string   `json:"address_hint"`
}

// GlobalID returns the session's id for clients.
func (i SessionInfo) GlobalID() string { return store.GlobalID(SessionPrefix, i.ID) }

func newSessionInfo(s Session) SessionInfo {
	return SessionInfo{
		ID: s.ID, EmployeeID: s.EmployeeID, CreatedAt: s.CreatedAt, LastUsedAt: s.RefreshedAt, ExpiresAt: s.ExpiresAt,
		ClientName: store.NilIfEmpty(s.ClientName), ClientVersion: store.NilIfEmpty(s.ClientVersion),
		AddressHint: store.NilIfEmpty(s.AddressHint),
	}
}

// A TokenGrant is a refresh token that a session gets, at its start or in exchange for the previous one.
type TokenGrant struct {
	Token       auth.RefreshToken // the new refresh token
	At          time.Time
	ExpiresAt   time.Time // of the refresh token
	AccessUntil time.Time // when the access token that is issued with it has expired on all nodes
	Client      auth.Client
}

// BeginSession stores a new session of an employee.
func (s *Service) BeginSession(ctx context.Context, employeeID uuid.UUID, g TokenGrant) error {
	if err := s.q.createSession(ctx, createSessionParams{
		ID: g.Token.SessionID, EmployeeID: employeeID, RefreshHash: g.Token.Hash, CreatedAt: g.At, ExpiresAt: g.ExpiresAt,
		AccessUntil: g.AccessUntil, ClientName: storable(g.Client.Name), ClientVersion: storable(g.Client.Version),
		AddressHint: g.Client.AddressHint(),
	}); err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}
	return nil
}

// storable returns a client's own text; empty if PostgreSQL cannot store it.
func storable(text string) string {
	if !store.IsValidText(text) {
		return ""
	}
	return text
}

// RotateRefreshToken replaces a session's refresh token and returns the session. For a minute the old token may be used
// again, with the same result, as long as the new one was not used. Otherwise the error is ErrSessionEnded, or
// ErrRefreshTokenReused together with the session.
func (s *Service) RotateRefreshToken(ctx context.Context, old auth.RefreshToken, g TokenGrant) (SessionInfo, error) {
	row, err := s.q.rotateSession(ctx, rotateSessionParams{
		ID: old.SessionID, OldHash: old.Hash, NewHash: g.Token.Hash, At: g.At, ExpiresAt: g.ExpiresAt, AccessUntil: g.AccessUntil,
		ClientName: storable(g.Client.Name), ClientVersion: storable(g.Client.Version), AddressHint: g.Client.AddressHint(),
	})
	if errors.Is(err, pgx.ErrNoRows) {
		row, err = s.q.repeatRotation(ctx, repeatRotationParams{
			ID: old.SessionID, OldHash: old.Hash, NewHash: g.Token.Hash, NotBefore: g.At.Add(-rotationGracePeriod), At: g.At,
			AccessUntil: g.AccessUntil,
		})
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return s.classifyUsedToken(ctx, old, g.At)
	}
	if err != nil {
		return SessionInfo{}, fmt.Errorf("refresh a session: %w", err)
	}
	return newSessionInfo(row), nil
}

// classifyUsedToken returns the error for a token that cannot be rotated. A forged token gets ErrSessionEnded.
func (s *Service) classifyUsedToken(ctx context.Context, old auth.RefreshToken, now time.Time) (SessionInfo, error) {
	if !old.Authentic {
		return SessionInfo{}, ErrSessionEnded
	}
	row, err := s.q.getActiveSession(ctx, getActiveSessionParams{ID: old.SessionID, At: now})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return SessionInfo{}, ErrSessionEnded
	case err != nil:
		return SessionInfo{}, fmt.Errorf("session of a refresh token: %w", err)
	default:
		return newSessionInfo(row), ErrRefreshTokenReused
	}
}

// GetActiveSession returns a session that has not ended; nil if there is none.
func (s *Service) GetActiveSession(ctx context.Context, id uuid.UUID, now time.Time) (*SessionInfo, error) {
	row, err := s.q.getActiveSession(ctx, getActiveSessionParams{ID: id, At: now})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	return new(newSessionInfo(row)), nil
}

// ListActiveSessions returns the sessions of employees that have not ended, up to 100 of each: by employee, the newest first.
func (s *Service) ListActiveSessions(ctx context.Context, employeeIDs []uuid.UUID, now time.Time) ([]SessionInfo, error) {
	rows, err := s.q.listActiveSessions(ctx, listActiveSessionsParams{EmployeeIds: employeeIDs, At: now, RowLimit: maxListedSessions})
	list := make([]SessionInfo, len(rows))
	for i, row := range rows {
		list[i] = newSessionInfo(row)
	}
	if err != nil {
		return nil, fmt.Errorf("sessions of employees: %w", err)
	}
	return list, nil
}

// EndSession ends and returns an employee's session, and revokes its access tokens. It returns nil if the session was not active.
func (s *Service) EndSession(ctx context.Context, employeeID, sessionID uuid.UUID, now time.Time) (*SessionInfo, error) {
	row, err := s.q.endSession(ctx, endSessionParams{ID: sessionID, EmployeeID: employeeID, At: &now})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // documented
	}
	if err != nil {
		return nil, fmt.Errorf("end a session: %w", err)
	}
	return new(newSessionInfo(Session(row))), nil
}

// EndSessions ends all sessions of an employee except one, which may be uuid.Nil, and revokes their access tokens. It returns
// how many were active.
func (s *Service) EndSessions(ctx context.Context, employeeID, except uuid.UUID, now time.Time) (int, error) {
	n, err := s.q.endSessions(ctx, endSessionsParams{EmployeeID: employeeID, ExceptID: except, At: &now})
	if err != nil {
		return 0, fmt.Errorf("end sessions: %w", err)
	}
	return int(n), nil
}
