package store

import (
	"fmt"
	"strings"
)

// A Code classifies a UserError. The values are those of GraphQL's UserErrorCode, except RESYNC_REQUIRED, which no mutation
// returns.
type Code string

// The codes.
const (
	CodeInvalid              Code = "INVALID"                // a value is not valid, for a reason that has no code of its own
	CodeRequired             Code = "REQUIRED"               // a value is missing or empty
	CodeTaken                Code = "TAKEN"                  // another object has the value, which must be unique
	CodeTooLong              Code = "TOO_LONG"               // a text has too many characters
	CodeTooMany              Code = "TOO_MANY"               // a list has too many entries, or there are too many objects
	CodeNotAllowed           Code = "NOT_ALLOWED"            // the viewer may not do this to the object, or with the value
	CodeClosed               Code = "CLOSED"                 // the object is closed, or has ended, and cannot change
	CodeNotFound             Code = "NOT_FOUND"              // there is no such object, or the viewer may not see it
	CodeVersionConflict      Code = "VERSION_CONFLICT"       // the object has changed since the client read it
	CodeIdempotencyKeyReused Code = "IDEMPOTENCY_KEY_REUSED" // the key was used with another input
	CodeInvalidTransition    Code = "INVALID_TRANSITION"     // the object's status does not allow the change
	CodeStepsIncomplete      Code = "STEPS_INCOMPLETE"       // required steps are not done
	CodeInsufficientStock    Code = "INSUFFICIENT_STOCK"     // the stock is lower than the quantity
	CodeBadCredentials       Code = "BAD_CREDENTIALS"        // the login or the password is wrong
	CodeSessionEnded         Code = "SESSION_ENDED"          // the session has expired or was revoked
	CodeResyncRequired       Code = "RESYNC_REQUIRED"        // the event log no longer has the position
)

// A UserError is an error that the caller can correct. Clients see all of it.
type UserError struct {
	Code    Code     `json:"code"`
	Message string   `json:"message"`         // a sentence for a person
	Field   []string `json:"field,omitempty"` // path from the input down to the field; empty for the whole input
}

// Error returns the message.
func (e *UserError) Error() string { return e.Message }

// NewInputError returns a UserError with CodeInvalid about a field of the input. The field is its path, with dots: price.amount.
func NewInputError(field, format string, args ...any) *UserError {
	return NewUserError(CodeInvalid, field, format, args...)
}

// NewUserError returns a UserError about a field of the input. The field is its path, with dots: steps.2.title.
func NewUserError(code Code, field, format string, args ...any) *UserError {
	return &UserError{Code: code, Message: fmt.Sprintf(format, args...), Field: strings.Split(field, ".")}
}

// CheckVersion returns a UserError with CodeVersionConflict if an object is not at the version that the client expects. A
// nil version expects nothing. object is its name in a sentence: "task".
func CheckVersion(object string, current int32, expected *int32) error {
	if expected == nil || *expected == current {
		return nil
	}
	return NewUserError(CodeVersionConflict, "expectedVersion",
		"The %s is at version %d, not at version %d. Read it again, and repeat the change.", object, current, *expected)
}

// A RejectedRow is a row of a bulk input that was not written.
type RejectedRow struct {
	Index   int32    `json:"index"` // of the row in the input, from 0
	Code    Code     `json:"code"`
	Message string   `json:"message"`
	Field   []string `json:"field,omitempty"` // path of the field in the row; empty for the whole row
}

// NewRejectedRow returns the row with the error that rejects it.
func NewRejectedRow(index int, err *UserError) RejectedRow {
	return RejectedRow{int32(index), err.Code, err.Message, err.Field} //nolint:gosec // inputs are bounded
}
