package resolvers

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/staff"
	"aisle/store/stores"
)

// Sessions lets employees sign in and stay signed in.
type Sessions struct {
	Staff     *staff.Service
	Stores    *stores.Service
	Access    *access.Service
	Tokens    *auth.Tokens
	Passwords *auth.Passwords
	Lifetime  time.Duration // how long a refresh token is good for
	Rand      io.Reader
	Now       func() time.Time
}

// errBadCredentials is the one answer to an unknown login, a wrong password and an employee who has left.
var errBadCredentials = &store.Error{
	Code: store.CodeBadCredentials, Message: "The login or the password is wrong.", Field: []string{"password"},
}

// signIn begins a session. It answers errBadCredentials.
func (s *Sessions) signIn(ctx context.Context, login, password string) (*graph.Session, auth.Viewer, error) {
	employee, err := s.Staff.ByLogin(ctx, login)
	if err != nil {
		return nil, auth.Viewer{}, err
	}
	hash := "" // an unknown login takes as long as a known one
	if employee != nil && employee.Status == staff.StatusActive {
		if hash, err = s.Access.PasswordHash(ctx, employee.ID); err != nil {
			return nil, auth.Viewer{}, err
		}
	}
	right, err := s.Passwords.Check(ctx, hash, password)
	if err != nil {
		return nil, auth.Viewer{}, err
	}
	if !right || employee == nil {
		return nil, auth.Viewer{}, errBadCredentials
	}
	token, tokenHash, err := auth.NewRefreshToken(s.Rand)
	if err != nil {
		return nil, auth.Viewer{}, err
	}
	now := s.Now()
	sessionID, err := s.Access.Begin(ctx, employee.ID, tokenHash, now, now.Add(s.Lifetime))
	if err != nil {
		return nil, auth.Viewer{}, err
	}
	return s.issue(ctx, employee, sessionID, token)
}

// refresh goes on with a session. It answers access.ErrSessionEnded.
func (s *Sessions) refresh(ctx context.Context, oldToken string) (*graph.Session, error) {
	token, tokenHash, err := auth.NewRefreshToken(s.Rand)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	session, err := s.Access.Rotate(ctx, auth.HashRefreshToken(oldToken), tokenHash, now, now.Add(s.Lifetime))
	if err != nil {
		return nil, err
	}
	employees, err := s.Staff.Employees(ctx, auth.SystemScope(), []uuid.UUID{session.EmployeeID})
	if err != nil {
		return nil, err
	}
	if len(employees) == 0 || employees[0].Status != staff.StatusActive {
		return nil, access.ErrSessionEnded
	}
	shown, _, err := s.issue(ctx, &employees[0], session.ID, token)
	return shown, err
}

// signOut ends the viewer's session and says whether it was running.
func (s *Sessions) signOut(ctx context.Context, v auth.Viewer) (bool, error) {
	return s.Access.End(ctx, v.EmployeeID, v.SessionID, s.Now())
}

// issue makes the tokens of a session.
func (s *Sessions) issue(
	ctx context.Context, e *staff.Employee, sessionID uuid.UUID, refreshToken string,
) (*graph.Session, auth.Viewer, error) {
	viewer, err := viewerOf(ctx, s.Stores, *e)
	if err != nil {
		return nil, auth.Viewer{}, err
	}
	viewer.SessionID = sessionID
	token, expiresAt, err := s.Tokens.Issue(viewer)
	if err != nil {
		return nil, auth.Viewer{}, err
	}
	return &graph.Session{AccessToken: token, RefreshToken: refreshToken, AccessTokenExpiresAt: expiresAt}, viewer, nil
}

// userErrors makes a broken rule a part of the payload; any other error is a fault.
func userErrors(err error) ([]store.Error, error) {
	if broken, ok := errors.AsType[*store.Error](err); ok {
		return []store.Error{*broken}, nil
	}
	return nil, err
}
