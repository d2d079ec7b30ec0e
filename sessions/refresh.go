package sessions

import (
	"context"

	"aisle/store"
	"aisle/store/access"
	"aisle/store/staff"
)

// Refresh exchanges a refresh token for new tokens. A refresh token that was used before ends its session and emits
// SESSION_COMPROMISED. Refresh returns access.ErrSessionEnded if the session has ended.
func (s *Service) Refresh(ctx context.Context, refreshToken string) (Tokens, error) {
	old, ok := s.RefreshTokens.Parse(refreshToken)
	if !ok {
		return Tokens{}, access.ErrSessionEnded
	}
	next := s.RefreshTokens.Rotate(old)
	session, err := s.Access.RotateRefreshToken(ctx, old, s.newGrant(ctx, next))
	if err == access.ErrRefreshTokenReused { //nolint:errorlint // RotateRefreshToken returns it unwrapped
		return Tokens{}, s.endCompromised(ctx, session)
	}
	if err != nil {
		return Tokens{}, err
	}
	employee, err := s.Directory.employee(ctx, session.EmployeeID)
	if err != nil {
		return Tokens{}, err
	}
	if !isActive(employee) {
		return Tokens{}, access.ErrSessionEnded
	}
	tokens, _, err := s.issueTokens(ctx, employee, next)
	return tokens, err
}

// endCompromised ends a session whose refresh token was reused. It returns access.ErrSessionEnded.
//
// The command has no idempotency key and no actor: a client that sends the token again finds the session ended.
func (s *Service) endCompromised(ctx context.Context, session access.SessionInfo) error {
	employee, err := s.Directory.employee(ctx, session.EmployeeID)
	if err != nil {
		return err
	}
	if employee == nil {
		return access.ErrSessionEnded
	}
	c := store.Command{Name: "refreshSession"}
	if employee.StoreID.Valid {
		c.Locks = store.StoreLocks(employee.StoreID.UUID)
	}
	_, err = store.Run(ctx, s.Commands, c, func(ctx context.Context, tx *store.Tx) (bool, error) {
		ended, err := access.NewService(tx).EndSession(ctx, employee.ID, session.ID, tx.Now)
		if ended != nil {
			tx.Emit(compromisedEvent(employee, session))
		}
		return ended != nil, err
	})
	if err != nil {
		return err
	}
	s.OnRevoke()
	return access.ErrSessionEnded
}

// sessionEventData is the data of events about sessions.
type sessionEventData struct {
	Session  access.SessionInfo `json:"session"`
	Employee staff.Employee     `json:"employee"`
}

func compromisedEvent(e *staff.Employee, session access.SessionInfo) store.Event {
	return store.Event{
		Type: store.EventSessionCompromised, StoreID: e.StoreID, RegionID: e.RegionID, Personal: true, SubjectID: e.ID,
		Data: sessionEventData{session, *e},
	}
}
