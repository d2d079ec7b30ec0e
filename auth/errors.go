package auth

import (
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// The errors of this package. Match them with errors.Is. Their text is shown to users. Errors that wrap them add a reason for the
// log, which must not be shown.
const (
	ErrUnauthenticated sentenceError = "Sign in to do this."
	ErrForbidden       sentenceError = "Your role does not allow this."
	ErrInvalidToken    sentenceError = "The access token is not valid. Refresh the session, or sign in again."
	ErrTokenExpired    sentenceError = "The access token has expired. Refresh the session."
	ErrInvalidClient   sentenceError = "The client id or the secret is wrong."
	ErrInvalidScope    sentenceError = "A scope is unknown, or is not one of the client's."
	ErrWrongSecret     sentenceError = "The secret is not the one that the signing keys were encrypted with."
)

// sentenceError is an error type for constants.
type sentenceError string

// Error returns the sentence.
func (e sentenceError) Error() string { return string(e) }

// Reasons that the parser does not have.
var (
	errTooLong         = errors.New("token is too long")
	errDuplicateMember = errors.New("token has a duplicate member")
	errType            = errors.New("token has the wrong type")
	errKey             = errors.New("token names no known key")
	errHeader          = errors.New("token has an unexpected header field")
	errViewer          = errors.New("token identifies no viewer")
	errRevoked         = errors.New("token was revoked")
)

// invalidToken returns the ErrInvalidToken for an error of the parser. It names the reason in fixed words, because the parser's text
// quotes the token. Expiry comes last: for a token with another defect, the error does not reveal that it was once valid.
func invalidToken(err error) error {
	for _, reason := range []error{
		errTooLong, errDuplicateMember, errType, errKey, errHeader, errViewer, errRevoked,
		jwt.ErrTokenMalformed, jwt.ErrTokenSignatureInvalid, jwt.ErrTokenUnverifiable,
		jwt.ErrTokenRequiredClaimMissing, jwt.ErrTokenInvalidIssuer, jwt.ErrTokenInvalidAudience,
		jwt.ErrTokenNotValidYet, jwt.ErrTokenUsedBeforeIssued,
	} {
		if errors.Is(err, reason) {
			return fmt.Errorf("%w (%w)", ErrInvalidToken, reason)
		}
	}
	if errors.Is(err, jwt.ErrTokenExpired) {
		return fmt.Errorf("%w (%w)", ErrInvalidToken, ErrTokenExpired)
	}
	return fmt.Errorf("%w (%w)", ErrInvalidToken, jwt.ErrTokenInvalidClaims)
}
