package sessions

import (
	"context"
	"errors"
	"time"

	"aisle/auth"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/staff"
)

// Service signs employees in and out.
type Service struct {
	Directory     EmployeeDirectory
	Access        *access.Service
	Attempts      *access.LoginAttempts
	Commands      *store.CommandRunner
	AccessTokens  *auth.AccessTokens
	RefreshTokens *auth.RefreshTokens
	Throttle      *auth.LoginThrottle
	Passwords     *auth.Passwords
	AccessTTL     time.Duration // how long an access token is valid
	RefreshTTL    time.Duration // how long a refresh token is valid
	OnRevoke      func()        // called after access tokens were revoked; it must not block
	Now           func() time.Time
}

// Tokens are the tokens of a session.
type Tokens struct {
	Access          string
	Refresh         string
	AccessExpiresAt time.Time
}

// errBadCredentials is the error for an unknown login, a wrong password and an inactive employee alike.
var errBadCredentials = &store.UserError{
	Code: store.CodeBadCredentials, Message: "The login or the password is wrong.", Field: []string{"password"},
}

// SignIn starts a session. It returns a *store.UserError for wrong credentials, or an *auth.ThrottledError.
func (s *Service) SignIn(ctx context.Context, login, password string) (Tokens, auth.Viewer, error) {
	keys := s.Throttle.Keys(login, auth.ClientFromContext(ctx))
	if err := s.Attempts.Begin(ctx, keys); err != nil {
		return Tokens{}, auth.Viewer{}, err
	}
	employee, err := s.authenticate(ctx, login, password)
	if err != nil {
		return Tokens{}, auth.Viewer{}, s.failAttempt(ctx, keys, err)
	}
	if err := s.Attempts.Succeed(ctx, keys); err != nil {
		return Tokens{}, auth.Viewer{}, err
	}
	token := s.RefreshTokens.Issue(store.NewID())
	if err := s.Access.BeginSession(ctx, employee.ID, s.newGrant(ctx, token)); err != nil {
		return Tokens{}, auth.Viewer{}, err
	}
	return s.issueTokens(ctx, employee, token)
}

// authenticate finds the active employee with the login and the password. It does the same work in each case, so that the response
// time does not reveal which logins exist.
func (s *Service) authenticate(ctx context.Context, login, password string) (*staff.Employee, error) {
	employee, err := s.Directory.Staff.FindByLogin(ctx, login)
	if err != nil {
		return nil, err
	}
	active := isActive(employee)
	if employee == nil {
		employee = &staff.Employee{} // has no password hash
	}
	hash, err := s.Access.GetPasswordHash(ctx, employee.ID)
	if err != nil {
		return nil, err
	}
	if !active {
		hash = ""
	}
	matches, err := s.Passwords.Check(ctx, hash, password)
	if err != nil {
		return nil, err
	}
	if !matches {
		return nil, errBadCredentials
	}
	return employee, nil
}

// failAttempt returns the error of a failed attempt. Only a *store.UserError counts as failed: an internal error, for example too
// many concurrent sign-ins, is not the caller's failure.
func (s *Service) failAttempt(ctx context.Context, keys auth.AttemptKeys, err error) error {
	if _, ok := errors.AsType[*store.UserError](err); ok {
		return err
	}
	return errors.Join(err, s.Attempts.Undo(ctx, keys))
}

// SignOut ends the viewer's session and returns it; nil if it had ended before.
func (s *Service) SignOut(ctx context.Context, v auth.Viewer) (*access.SessionInfo, error) {
	ended, err := s.Access.EndSession(ctx, v.EmployeeID, v.SessionID, s.Now())
	s.OnRevoke()
	return ended, err
}

// issueTokens issues the tokens of a session with the refresh token.
func (s *Service) issueTokens(ctx context.Context, e *staff.Employee, refresh auth.RefreshToken) (Tokens, auth.Viewer, error) {
	viewer, err := s.Directory.viewer(ctx, *e)
	if err != nil {
		return Tokens{}, auth.Viewer{}, err
	}
	viewer.SessionID = refresh.SessionID
	token, expiresAt, err := s.AccessTokens.Issue(viewer)
	if err != nil {
		return Tokens{}, auth.Viewer{}, err
	}
	return Tokens{token, refresh.Text(), expiresAt}, viewer, nil
}

// newGrant returns the grant of the refresh token that the session gets now.
func (s *Service) newGrant(ctx context.Context, token auth.RefreshToken) access.TokenGrant {
	now := s.Now()
	return access.TokenGrant{
		Token: token, At: now, ExpiresAt: now.Add(s.RefreshTTL), AccessUntil: s.AccessExpiry(now), Client: auth.ClientFromContext(ctx),
	}
}

// AccessExpiry returns when all access tokens that were issued until now have expired, also on nodes whose clocks are slow.
func (s *Service) AccessExpiry(now time.Time) time.Time {
	const maxClockSkew = 2 * time.Minute
	return now.Add(s.AccessTTL + maxClockSkew)
}
