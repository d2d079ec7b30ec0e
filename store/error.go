package store

import "fmt"

// Code says which rule of the business an Error is about. The values are those of GraphQL's UserErrorCode.
type Code string

// The codes that reading and signing in can answer.
const (
	CodeInvalid        Code = "INVALID"         // the input cannot be right
	CodeNotFound       Code = "NOT_FOUND"       // there is no such thing, or the viewer may not see it
	CodeBadCredentials Code = "BAD_CREDENTIALS" // the login or the password is wrong
	CodeSessionEnded   Code = "SESSION_ENDED"   // sign in again
)

// Error is a rule that the caller broke. Message is a sentence for a person; Field is the path of the input's
// field that it is about, empty when it is about the whole.
type Error struct {
	Code    Code
	Message string
	Field   []string
}

// Error gives the sentence.
func (e *Error) Error() string { return e.Message }

// Invalid is an Error with CodeInvalid about one field of the input.
func Invalid(field, format string, args ...any) *Error {
	return &Error{Code: CodeInvalid, Message: fmt.Sprintf(format, args...), Field: []string{field}}
}
