package auth

// The errors of this package. The text of each is a sentence for a person; match them with errors.Is. What wraps
// them adds a reason that is meant for the log and not for the caller.
const (
	ErrUnauthenticated sentenceError = "Sign in to do this."
	ErrForbidden       sentenceError = "Your role does not allow this."
	ErrInvalidToken    sentenceError = "The access token is not valid. Refresh the session, or sign in again."
	ErrTokenExpired    sentenceError = "The access token has expired. Refresh the session."
	ErrInvalidClient   sentenceError = "The client id or the secret is wrong."
	ErrInvalidScope    sentenceError = "A scope is unknown, or is not one of the client's."
	ErrWrongSecret     sentenceError = "The secret is not the one that the signing keys were sealed with."
)

// sentenceError is an error that can be a constant, so that nothing can change it at run time.
type sentenceError string

// Error gives the sentence.
func (e sentenceError) Error() string { return string(e) }
