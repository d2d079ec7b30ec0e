package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/sessions"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/staff"
)

// errNoSession is the error for a session that does not exist, has ended, or that the viewer may not end.
var errNoSession = &store.UserError{
	Code: store.CodeNotFound, Message: "No running session has this id. The session may have ended.", Field: []string{"sessionId"},
}

// endSession ends a session of the viewer or of an employee whom the viewer manages.
func (r *Resolver) endSession(ctx context.Context, in graph.EndSessionInput) (*access.SessionInfo, []store.UserError, error) {
	id, err := parseID("sessionId", access.SessionPrefix, in.SessionID)
	session, errs, err := runMutation(ctx, r, store.Command{}, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*access.SessionInfo, error) {
			s := access.NewService(tx)
			session, err := s.GetActiveSession(ctx, id, tx.Now)
			if err != nil {
				return nil, err
			}
			if session == nil {
				return nil, errNoSession
			}
			employees, err := staff.NewService(tx).GetEmployees(ctx, scope, []uuid.UUID{session.EmployeeID})
			if err != nil {
				return nil, err
			}
			if len(employees) == 0 || !mayManageSessions(ctx, scope, &employees[0]) {
				return nil, errNoSession
			}
			_, err = s.EndSession(ctx, session.EmployeeID, id, tx.Now)
			return session, err
		})
	r.Sessions.OnRevoke()
	return session, errs, err
}

// mayManageSessions reports whether the viewer may see and end the sessions of an employee: their own, and those of employees whom
// they manage. In an event it returns false, because all viewers share the rendered event.
func mayManageSessions(ctx context.Context, scope auth.Scope, e *staff.Employee) bool {
	return isSelf(scope, e.ID) || scope.ManagesStaff() && newManager(ctx, scope).Manages(*e)
}

func isSelf(scope auth.Scope, employeeID uuid.UUID) bool {
	return scope.EmployeeID() == uuid.NullUUID{UUID: employeeID, Valid: true}
}

// loadSessions loads the sessions of the employees whose sessions the viewer may see.
func loadSessions(ctx context.Context, list []*staff.Employee) ([][]access.SessionInfo, error) {
	l := loaders.FromContext(ctx)
	return loaders.LoadEachOptional(ctx, l.Access().SessionsOf, list, func(e *staff.Employee) uuid.NullUUID {
		return uuid.NullUUID{UUID: e.ID, Valid: mayManageSessions(ctx, l.Scope, e)}
	})
}

// signOutEverywhere ends all sessions of the viewer and returns how many there were.
func (r *Resolver) signOutEverywhere(ctx context.Context) (int, []store.UserError, error) {
	ended, errs, err := runMutation(ctx, r, store.Command{}, nil, func(ctx context.Context, scope auth.Scope, tx *store.Tx) (int, error) {
		return access.NewService(tx).EndSessions(ctx, scope.EmployeeID().UUID, uuid.Nil, tx.Now)
	})
	r.Sessions.OnRevoke()
	return ended, errs, err
}

// changePassword replaces the viewer's password, ends their other sessions and returns how many there were.
func (r *Resolver) changePassword(ctx context.Context, in graph.ChangePasswordInput) (int, []store.UserError, error) {
	viewer := auth.ViewerFromContext(ctx)
	employee, err := loaders.FromContext(ctx).Staff().Employees.Load(ctx, viewer.EmployeeID)
	if err != nil {
		return 0, nil, err
	}
	if employee == nil {
		return 0, nil, auth.ErrUnauthenticated
	}
	password, inputErr := r.Sessions.PreparePasswordChange(ctx, employee.ID, employee.Login, in.CurrentPassword, in.NewPassword)
	ended, errs, err := runMutation(ctx, r, store.Command{}, inputErr, func(ctx context.Context, _ auth.Scope, tx *store.Tx) (int, error) {
		s := access.NewService(tx)
		replaced, err := s.ReplacePassword(ctx, employee.ID, password.OldHash, password.NewHash, tx.Now)
		if err != nil {
			return 0, err
		}
		if !replaced {
			return 0, sessions.ErrWrongPassword
		}
		return s.EndSessions(ctx, employee.ID, viewer.SessionID, tx.Now)
	})
	r.Sessions.OnRevoke()
	if err != nil || len(errs) > 0 {
		return ended, errs, err
	}
	// A replayed command also resets the count, although the password that it set may have been replaced since.
	return ended, errs, r.Sessions.ConfirmPasswordChange(ctx, password)
}

// newAuthTokens returns tokens as the schema shows them.
func newAuthTokens(t sessions.Tokens) *graph.AuthTokens {
	return &graph.AuthTokens{AccessToken: t.Access, RefreshToken: t.Refresh, AccessTokenExpiresAt: t.AccessExpiresAt}
}
