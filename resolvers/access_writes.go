package resolvers

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/staff"
)

// errNoSession is the answer to a session that does not exist, has ended, or is not the viewer's to end.
var errNoSession = &store.UserError{
	Code: store.CodeNotFound, Message: "There is no such session: perhaps it has ended.", Field: []string{"sessionId"},
}

// refreshSession goes on with a session. When its refresh token was used before it ends, and everybody who is concerned
// learns of it. It answers access.ErrSessionEnded.
func (r *Resolver) refreshSession(ctx context.Context, token string) (*graph.Session, error) {
	tokens, session, err := r.Sessions.refresh(ctx, token)
	if err != access.ErrRefreshTokenReused { //nolint:errorlint // it is answered as it is
		return tokens, err
	}
	employee, err := r.Sessions.employee(ctx, session.EmployeeID)
	if err != nil {
		return nil, err
	}
	if employee == nil {
		return nil, access.ErrSessionEnded
	}
	// It is nobody's who is signed in, and has no key: whoever sends the token again finds that the session has ended.
	c := store.Command{Name: "refreshSession"}
	if employee.StoreID.Valid {
		c.Locks = store.StoreLocks(employee.StoreID.UUID)
	}
	_, err = store.Run(ctx, r.Commands, c, func(ctx context.Context, tx *store.Tx) (bool, error) {
		ended, err := access.NewService(tx).EndSession(ctx, employee.ID, session.ID, tx.Now)
		if ended {
			tx.Emit(compromised(employee, session))
		}
		return ended, err
	})
	if err != nil {
		return nil, err
	}
	r.Sessions.Revoked()
	return nil, access.ErrSessionEnded
}

// sessionData is what an event tells of a session.
type sessionData struct {
	Session  access.SessionInfo `json:"session"`
	Employee staff.Employee     `json:"employee"`
}

// compromised is the event that somebody else has used a session.
func compromised(e *staff.Employee, session access.SessionInfo) store.Event {
	return store.Event{
		Type: store.EventSessionCompromised, StoreID: e.StoreID, RegionID: e.RegionID, Personal: true, SubjectID: e.ID,
		Data: sessionData{session, *e},
	}
}

// endSession ends a session of the viewer, or of somebody whom the viewer manages.
func (r *Resolver) endSession(ctx context.Context, in graph.EndSessionInput) (*access.SessionInfo, []store.UserError, error) {
	id, err := idIn("sessionId", access.SessionPrefix, in.SessionID)
	c := store.Command{Name: "endSession", IdempotencyKey: in.IdempotencyKey, Input: in}
	session, errs, err := change(ctx, r, c, err, func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*access.SessionInfo, error) {
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
		if len(employees) == 0 || !mayKnow(ctx, scope, &employees[0]) {
			return nil, errNoSession
		}
		_, err = s.EndSession(ctx, session.EmployeeID, id, tx.Now)
		return session, err
	})
	r.Sessions.Revoked()
	return session, errs, err
}

// mayKnow says whether the viewer may see and end the sessions of an employee: their own, and those of whom they manage.
// In an event it says no, because what is made of an event is the same for all who see it.
func mayKnow(ctx context.Context, scope auth.Scope, e *staff.Employee) bool {
	return isSelf(scope, e.ID) || scope.ManagesStaff() && boss(ctx, scope).Manages(*e)
}

func isSelf(scope auth.Scope, employeeID uuid.UUID) bool {
	return scope.EmployeeID() == uuid.NullUUID{UUID: employeeID, Valid: true}
}

// sessionsOf reads the sessions of the employees of whom the viewer may know them.
func sessionsOf(ctx context.Context, list []*staff.Employee) ([][]access.SessionInfo, error) {
	l := loaders.FromContext(ctx)
	return loaders.LoadEachOptional(ctx, l.Access().SessionsOf, list, func(e *staff.Employee) uuid.NullUUID {
		return uuid.NullUUID{UUID: e.ID, Valid: mayKnow(ctx, l.Scope, e)}
	})
}

// signOutEverywhere ends all sessions of the viewer, and says how many.
func (r *Resolver) signOutEverywhere(ctx context.Context, in graph.SignOutEverywhereInput) (int, []store.UserError, error) {
	c := store.Command{Name: "signOutEverywhere", IdempotencyKey: in.IdempotencyKey, Input: in}
	ended, errs, err := change(ctx, r, c, nil, func(ctx context.Context, scope auth.Scope, tx *store.Tx) (int, error) {
		return access.NewService(tx).EndSessions(ctx, scope.EmployeeID().UUID, uuid.Nil, tx.Now)
	})
	r.Sessions.Revoked()
	return ended, errs, err
}

// errWrongPassword is the answer to who does not know the password that is to be changed.
var errWrongPassword = &store.UserError{
	Code: store.CodeBadCredentials, Message: "The current password is wrong.", Field: []string{"currentPassword"},
}

// changePassword gives the viewer another password, ends their other sessions, and says how many. Wrong passwords count
// as they do in signIn. The passwords are in none of what is kept of the command.
func (r *Resolver) changePassword(ctx context.Context, in graph.ChangePasswordInput) (int, []store.UserError, error) {
	viewer := auth.ViewerFromContext(ctx)
	employee, err := loaders.FromContext(ctx).Staff().Employees.Load(ctx, viewer.EmployeeID)
	if err != nil {
		return 0, nil, err
	}
	if employee == nil {
		return 0, nil, auth.ErrUnauthenticated
	}
	try := r.Sessions.Throttle.Keys(employee.Login, auth.ClientFromContext(ctx))
	before, after, err := r.Sessions.exchange(ctx, employee.ID, try, in)
	in.CurrentPassword, in.NewPassword = "", ""
	c := store.Command{Name: "changePassword", IdempotencyKey: in.IdempotencyKey, Input: in}
	ended, errs, err := change(ctx, r, c, err, func(ctx context.Context, _ auth.Scope, tx *store.Tx) (int, error) {
		s := access.NewService(tx)
		replaced, err := s.ReplacePassword(ctx, employee.ID, before, after, tx.Now)
		if err != nil {
			return 0, err
		}
		if !replaced {
			return 0, errWrongPassword
		}
		return s.EndSessions(ctx, employee.ID, viewer.SessionID, tx.Now)
	})
	r.Sessions.Revoked()
	if err != nil || len(errs) > 0 {
		return ended, errs, err
	}
	// Also when this was the answer to one that came before, whose password is not the current one any more.
	return ended, errs, r.Sessions.Tries.Succeed(ctx, try)
}

// exchange checks the password that an employee has and makes the hash of the one that they are to have. It answers
// errWrongPassword, what is wrong with the new one, or an *auth.ThrottledError.
func (s *Sessions) exchange(
	ctx context.Context, employeeID uuid.UUID, try auth.AttemptKeys, in graph.ChangePasswordInput,
) (before, after string, err error) {
	if err := checkPassword("newPassword", in.NewPassword); err != nil {
		return "", "", err
	}
	if in.NewPassword == in.CurrentPassword {
		return "", "", store.NewInputError("newPassword", "The new password is the current one: take another.")
	}
	if err := s.Tries.Begin(ctx, try); err != nil {
		return "", "", err
	}
	before, after, err = s.replacement(ctx, employeeID, in)
	if err != nil {
		return "", "", s.tried(ctx, try, err)
	}
	return before, after, nil
}

// replacement checks the one password and makes the hash of the other.
func (s *Sessions) replacement(
	ctx context.Context, employeeID uuid.UUID, in graph.ChangePasswordInput,
) (before, after string, err error) {
	if before, err = s.Access.GetPasswordHash(ctx, employeeID); err != nil {
		return "", "", err
	}
	right, err := s.Passwords.Check(ctx, before, in.CurrentPassword)
	if err != nil {
		return "", "", err
	}
	if !right {
		return "", "", errWrongPassword
	}
	after, err = s.Passwords.Hash(ctx, in.NewPassword)
	return before, after, err
}
