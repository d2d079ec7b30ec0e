package sessions

import (
	"context"
	"unicode/utf8"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// The length of a password, in characters.
const minPasswordLen, maxPasswordLen = 8, 128

// ErrWrongPassword is the error for a current password that does not match.
var ErrWrongPassword = &store.UserError{
	Code: store.CodeBadCredentials, Message: "The current password is wrong.", Field: []string{"currentPassword"},
}

// CheckPassword returns a *store.UserError about the input field unless the password is acceptable as a new password. The error does
// not quote the password.
func CheckPassword(field, password string) error {
	n, code := utf8.RuneCountInString(password), store.CodeInvalid
	switch {
	case n == 0:
		code = store.CodeRequired
	case n > maxPasswordLen:
		code = store.CodeTooLong
	case n >= minPasswordLen:
		return nil
	}
	return store.NewUserError(code, field, "The password has %d characters. It must have %d to %d.", n, minPasswordLen, maxPasswordLen)
}

// PasswordChange replaces the password hash of an employee.
type PasswordChange struct {
	OldHash, NewHash string

	attempt auth.AttemptKeys
}

// PreparePasswordChange checks the current password of an employee and hashes the new one. It returns ErrWrongPassword, another
// *store.UserError about the new password, or an *auth.ThrottledError. Wrong passwords count as failed sign-ins.
//
// Call ConfirmPasswordChange after the hash was replaced.
func (s *Service) PreparePasswordChange(
	ctx context.Context, employeeID uuid.UUID, login, currentPassword, newPassword string,
) (PasswordChange, error) {
	change := PasswordChange{attempt: s.Throttle.Keys(login, auth.ClientFromContext(ctx))}
	if err := CheckPassword("newPassword", newPassword); err != nil {
		return change, err
	}
	if newPassword == currentPassword {
		return change, store.NewInputError("newPassword", "The new password equals the current password. Choose a different one.")
	}
	if err := s.Attempts.Begin(ctx, change.attempt); err != nil {
		return change, err
	}
	if err := s.hashPasswords(ctx, &change, employeeID, currentPassword, newPassword); err != nil {
		return change, s.failAttempt(ctx, change.attempt, err)
	}
	return change, nil
}

func (s *Service) hashPasswords(
	ctx context.Context, change *PasswordChange, employeeID uuid.UUID, currentPassword, newPassword string,
) (err error) {
	if change.OldHash, err = s.Access.GetPasswordHash(ctx, employeeID); err != nil {
		return err
	}
	matches, err := s.Passwords.Check(ctx, change.OldHash, currentPassword)
	if err != nil {
		return err
	}
	if !matches {
		return ErrWrongPassword
	}
	change.NewHash, err = s.Passwords.Hash(ctx, newPassword)
	return err
}

// ConfirmPasswordChange resets the count of failed attempts.
func (s *Service) ConfirmPasswordChange(ctx context.Context, change PasswordChange) error {
	return s.Attempts.Succeed(ctx, change.attempt)
}
