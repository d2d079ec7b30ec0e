package resolvers

import (
	"context"
	"errors"
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
	Tries     *access.LoginAttempts
	Tokens    *auth.AccessTokens
	Refresh   *auth.RefreshTokens
	Throttle  *auth.LoginThrottle
	Passwords *auth.Passwords
	AccessTTL time.Duration // how long an access token is good for
	Lifetime  time.Duration // how long a refresh token is good for
	Revoked   func()        // is called when access tokens were revoked; it must not wait
	Now       func() time.Time
}

// errBadCredentials is the one answer to an unknown login, a wrong password and an employee who has left.
var errBadCredentials = &store.UserError{
	Code: store.CodeBadCredentials, Message: "The login or the password is wrong.", Field: []string{"password"},
}

// signIn begins a session. It answers errBadCredentials, or an *auth.ThrottledError.
func (s *Sessions) signIn(ctx context.Context, login, password string) (*graph.Session, auth.Viewer, error) {
	try := s.Throttle.Keys(login, auth.ClientFromContext(ctx))
	if err := s.Tries.Begin(ctx, try); err != nil {
		return nil, auth.Viewer{}, err
	}
	employee, err := s.withPassword(ctx, login, password)
	if err != nil {
		return nil, auth.Viewer{}, s.tried(ctx, try, err)
	}
	if err := s.Tries.Succeed(ctx, try); err != nil {
		return nil, auth.Viewer{}, err
	}
	token := s.Refresh.Issue(store.NewID())
	if err := s.Access.BeginSession(ctx, employee.ID, s.use(ctx, token)); err != nil {
		return nil, auth.Viewer{}, err
	}
	return s.issue(ctx, employee, token)
}

// tried answers why a try came to nothing. A fault, as when too many sign in at once for all to have their turn, is not the
// caller's failure.
func (s *Sessions) tried(ctx context.Context, try auth.AttemptKeys, why error) error {
	if _, broken := errors.AsType[*store.UserError](why); broken {
		return why
	}
	return errors.Join(why, s.Tries.Undo(ctx, try))
}

// withPassword finds the employee who has the login and the password. It does the same work whatever is wrong, so that
// time does not tell which logins exist.
func (s *Sessions) withPassword(ctx context.Context, login, password string) (*staff.Employee, error) {
	employee, err := s.Staff.FindByLogin(ctx, login)
	if err != nil {
		return nil, err
	}
	known := employee != nil && employee.Status == staff.StatusActive
	if employee == nil {
		employee = &staff.Employee{} // nobody, who has no password either
	}
	hash, err := s.Access.GetPasswordHash(ctx, employee.ID)
	if err != nil {
		return nil, err
	}
	if !known {
		hash = ""
	}
	right, err := s.Passwords.Check(ctx, hash, password)
	if err != nil {
		return nil, err
	}
	if !right {
		return nil, errBadCredentials
	}
	return employee, nil
}

// refresh goes on with a session, of which it answers the tokens. It answers access.ErrSessionEnded, or, with the session,
// access.ErrReused.
func (s *Sessions) refresh(ctx context.Context, text string) (*graph.Session, access.SessionInfo, error) {
	old, ok := s.Refresh.Parse(text)
	if !ok {
		return nil, access.SessionInfo{}, access.ErrSessionEnded
	}
	next := s.Refresh.Rotate(old)
	session, err := s.Access.RotateRefreshToken(ctx, old, s.use(ctx, next))
	if err != nil {
		return nil, session, err
	}
	employee, err := s.employee(ctx, session.EmployeeID)
	if err != nil {
		return nil, session, err
	}
	if employee == nil || employee.Status != staff.StatusActive {
		return nil, session, access.ErrSessionEnded
	}
	shown, _, err := s.issue(ctx, employee, next)
	return shown, session, err
}

// employee is whose session it is; nil when they are not there any more.
func (s *Sessions) employee(ctx context.Context, id uuid.UUID) (*staff.Employee, error) {
	found, err := s.Staff.GetEmployees(ctx, auth.SystemScope(), []uuid.UUID{id})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// use is a use of a session that comes now and gets the token.
func (s *Sessions) use(ctx context.Context, token auth.RefreshToken) access.TokenGrant {
	now := s.Now()
	return access.TokenGrant{
		Token: token, At: now, ExpiresAt: now.Add(s.Lifetime), AccessUntil: s.accessUntil(now), Client: auth.ClientFromContext(ctx),
	}
}

// accessUntil is when an access token that is issued now has expired, also for those whose clocks are slow.
func (s *Sessions) accessUntil(now time.Time) time.Time {
	const slow = 2 * time.Minute
	return now.Add(s.AccessTTL + slow)
}

// signOut ends the viewer's session and says whether it was running.
func (s *Sessions) signOut(ctx context.Context, v auth.Viewer) (bool, error) {
	ended, err := s.Access.EndSession(ctx, v.EmployeeID, v.SessionID, s.Now())
	s.Revoked()
	return ended, err
}

// issue makes the tokens of a session.
func (s *Sessions) issue(
	ctx context.Context, e *staff.Employee, refresh auth.RefreshToken,
) (*graph.Session, auth.Viewer, error) {
	viewer, err := viewerOf(ctx, s.Stores, *e)
	if err != nil {
		return nil, auth.Viewer{}, err
	}
	viewer.SessionID = refresh.SessionID
	token, expiresAt, err := s.Tokens.Issue(viewer)
	if err != nil {
		return nil, auth.Viewer{}, err
	}
	return &graph.Session{AccessToken: token, RefreshToken: refresh.Text(), AccessTokenExpiresAt: expiresAt}, viewer, nil
}

// userErrors makes a broken rule a part of the payload; any other error is a fault.
func userErrors(err error) ([]store.UserError, error) {
	if broken, ok := errors.AsType[*store.UserError](err); ok {
		return []store.UserError{*broken}, nil
	}
	return nil, err
}
