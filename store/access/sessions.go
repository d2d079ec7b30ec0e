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

// repeatFor is how long a refresh token that was used gets the same successor again: its answer may have been lost.
const repeatFor = time.Minute

// mostListed is how many sessions of an employee are listed at most.
const mostListed = 100

// ErrSessionEnded is a refresh token that is worth nothing: no token, expired, or of a session that has ended.
var ErrSessionEnded = &store.UserError{
	Code: store.CodeSessionEnded, Message: "This session has ended. Sign in again.", Field: []string{"refreshToken"},
}

// ErrRefreshTokenReused is a refresh token that was used before, of a session that is running: one of two who have it has no right to.
var ErrRefreshTokenReused = errors.New("a refresh token was used again")

// SessionInfo is a session as people may see it: nothing of its tokens.
type SessionInfo struct {
	ID            uuid.UUID `json:"id"`
	EmployeeID    uuid.UUID `json:"employee_id"`
	CreatedAt     time.Time `json:"created_at"`
	LastUsedAt    time.Time `json:"last_used_at"` // when new tokens were given last
	ExpiresAt     time.Time `json:"expires_at"`
	ClientName    *string   `json:"client_name"` // in its own words; nil when it said nothing
	ClientVersion *string   `json:"client_version"`
	AddressHint   *string   `json:"address_hint"`
}

// GlobalID is the session's id as clients see it.
func (l SessionInfo) GlobalID() string { return store.GlobalID(SessionPrefix, l.ID) }

func listed(s Session) SessionInfo {
	return SessionInfo{
		ID: s.ID, EmployeeID: s.EmployeeID, CreatedAt: s.CreatedAt, LastUsedAt: s.RefreshedAt, ExpiresAt: s.ExpiresAt,
		ClientName: store.NilIfEmpty(s.ClientName), ClientVersion: store.NilIfEmpty(s.ClientVersion),
		AddressHint: store.NilIfEmpty(s.AddressHint),
	}
}

// TokenGrant is one use of a session, with which it gets a refresh token.
type TokenGrant struct {
	Token       auth.RefreshToken // the new one
	At          time.Time
	ExpiresAt   time.Time // of the refresh token
	AccessUntil time.Time // when the access token that comes with it has expired for everybody
	Client      auth.Client
}

// BeginSession starts a session of an employee.
func (s *Service) BeginSession(ctx context.Context, employeeID uuid.UUID, u TokenGrant) error {
	return store.Wrap("begin a session", s.q.createSession(ctx, createSessionParams{
		ID: u.Token.SessionID, EmployeeID: employeeID, RefreshHash: u.Token.Hash, CreatedAt: u.At, ExpiresAt: u.ExpiresAt,
		AccessUntil: u.AccessUntil, ClientName: kept(u.Client.Name), ClientVersion: kept(u.Client.Version),
		AddressHint: u.Client.AddressHint(),
	}))
}

// kept is as much as can be kept of a client's own words.
func kept(words string) string {
	if !store.IsValidText(words) {
		return ""
	}
	return words
}

// RotateRefreshToken puts the new token into the place of the old one, and answers whose session it is. Within repeatFor the old token does the
// same again, as long as the new one was not used. Otherwise it answers ErrSessionEnded, or, with the session, ErrRefreshTokenReused.
func (s *Service) RotateRefreshToken(ctx context.Context, old auth.RefreshToken, u TokenGrant) (SessionInfo, error) {
	row, err := s.q.rotateSession(ctx, rotateSessionParams{
		ID: old.SessionID, OldHash: old.Hash, NewHash: u.Token.Hash, At: u.At, ExpiresAt: u.ExpiresAt, AccessUntil: u.AccessUntil,
		ClientName: kept(u.Client.Name), ClientVersion: kept(u.Client.Version), AddressHint: u.Client.AddressHint(),
	})
	if errors.Is(err, pgx.ErrNoRows) {
		row, err = s.q.repeatRotation(ctx, repeatRotationParams{
			ID: old.SessionID, OldHash: old.Hash, NewHash: u.Token.Hash, NotBefore: u.At.Add(-repeatFor), At: u.At,
			AccessUntil: u.AccessUntil,
		})
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return s.reused(ctx, old, u.At)
	}
	return listed(row), store.Wrap("refresh a session", err)
}

// reused says what a token is that is not good any more. One that was made up tells nothing.
func (s *Service) reused(ctx context.Context, old auth.RefreshToken, now time.Time) (SessionInfo, error) {
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
		return listed(row), ErrRefreshTokenReused
	}
}

// GetActiveSession finds a session that has not ended; nil when there is none.
func (s *Service) GetActiveSession(ctx context.Context, id uuid.UUID, now time.Time) (*SessionInfo, error) {
	row, err := s.q.getActiveSession(ctx, getActiveSessionParams{ID: id, At: now})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	return new(listed(row)), nil
}

// ListActiveSessions reads the sessions of employees that have not ended: employee by employee, the newest first.
func (s *Service) ListActiveSessions(ctx context.Context, employeeIDs []uuid.UUID, now time.Time) ([]SessionInfo, error) {
	rows, err := s.q.listActiveSessions(ctx, listActiveSessionsParams{EmployeeIds: employeeIDs, At: now, RowLimit: mostListed})
	list := make([]SessionInfo, len(rows))
	for i, row := range rows {
		list[i] = listed(row)
	}
	return list, store.Wrap("sessions of employees", err)
}

// EndSession ends an employee's session, revokes its access tokens, and says whether it was running.
func (s *Service) EndSession(ctx context.Context, employeeID, sessionID uuid.UUID, now time.Time) (bool, error) {
	n, err := s.q.endSession(ctx, endSessionParams{ID: sessionID, EmployeeID: employeeID, At: &now})
	return n > 0, store.Wrap("end a session", err)
}

// EndSessions ends all sessions of an employee but for one, which may be uuid.Nil, revokes their access tokens, and says how many they
// were.
func (s *Service) EndSessions(ctx context.Context, employeeID, except uuid.UUID, now time.Time) (int, error) {
	n, err := s.q.endSessions(ctx, endSessionsParams{EmployeeID: employeeID, ExceptID: except, At: &now})
	return int(n), store.Wrap("end sessions", err)
}
