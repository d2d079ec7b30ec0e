package auth

// The errors of this package. Match them with errors.Is. Their text is shown to users. Errors that wrap them add a reason for the
// log, which must not be shown.
const (
	ErrUnauthenticated sentenceError = "Sign in to do this."
	ErrForbidden       sentenceError = "Your role does not allow this."
	ErrInvalidToken    sentenceError = "The access token is not valid. Refresh the session, or sign in again."
	ErrTokenExpired    sentenceError = "The access token has expired. Refresh the session."
	ErrInvalidClient   sentenceError = "The client id or the secret is wrong."
	ErrInvalidScope    sentenceError = "A scope is unknown, or is not one of the client's."
	ErrWrongSecret     sentenceError = "The secret is not the one that the signing keys were sealed with."
)

// sentenceError is an error type for constants.
type sentenceError string

// Error returns the sentence.
func (e sentenceError) Error() string { return string(e) }
