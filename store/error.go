package store

import "fmt"

// Code says which rule of the business an Error is about. The values are those of GraphQL's UserErrorCode, but for
// RESYNC_REQUIRED, which no mutation answers.
type Code string

// The codes.
const (
	CodeInvalid              Code = "INVALID"                // the input cannot be right
	CodeNotFound             Code = "NOT_FOUND"              // there is no such thing, or the viewer may not see it
	CodeVersionConflict      Code = "VERSION_CONFLICT"       // somebody else changed it in the meantime
	CodeIdempotencyKeyReused Code = "IDEMPOTENCY_KEY_REUSED" // the key was used before, with another input
	CodeInvalidTransition    Code = "INVALID_TRANSITION"     // this cannot be done from where it is in its life
	CodeStepsIncomplete      Code = "STEPS_INCOMPLETE"       // steps that must be done are not
	CodeInsufficientStock    Code = "INSUFFICIENT_STOCK"     // there is not as much
	CodeBadCredentials       Code = "BAD_CREDENTIALS"        // the login or the password is wrong
	CodeSessionEnded         Code = "SESSION_ENDED"          // sign in again
	CodeResyncRequired       Code = "RESYNC_REQUIRED"        // the log does not reach back so far: read everything anew
)

// UserError is a rule that the caller broke. Message is a sentence for a person; Field is the path of the input's
// field that it is about, empty when it is about the whole.
type UserError struct {
	Code    Code     `json:"code"`
	Message string   `json:"message"`
	Field   []string `json:"field,omitempty"`
}

// UserError gives the sentence.
func (e *UserError) Error() string { return e.Message }

// NewInputError is an Error with CodeInvalid about one field of the input.
func NewInputError(field, format string, args ...any) *UserError {
	return NewUserError(CodeInvalid, field, format, args...)
}

// NewUserError is an Error about one field of the input.
func NewUserError(code Code, field, format string, args ...any) *UserError {
	return &UserError{Code: code, Message: fmt.Sprintf(format, args...), Field: []string{field}}
}

// RejectedRow is a row of a bulk input that was left out.
type RejectedRow struct {
	Index   int32    `json:"index"` // of the row in the input, from 0
	Code    Code     `json:"code"`
	Message string   `json:"message"`
	Field   []string `json:"field,omitempty"` // the path from the row down, empty when it is about the whole row
}

// NewRejectedRow leaves a row out because of the rule that it breaks.
func NewRejectedRow(index int, why *UserError) RejectedRow {
	return RejectedRow{int32(index), why.Code, why.Message, why.Field} //nolint:gosec // inputs are bounded
}
