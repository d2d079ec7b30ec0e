package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"aisle/auth"
	"aisle/gateway/apierror"
)

// tokenError is the error response of RFC 6749, section 5.2. The section allows no quotes in the description.
type tokenError struct {
	status int

	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// Error returns the description.
func (e *tokenError) Error() string { return e.Description }

func invalidRequest(status int, description string) *tokenError {
	return &tokenError{status, "invalid_request", description}
}

// tokenErrorOf returns what the client learns of an error.
func tokenErrorOf(ctx context.Context, presenter *apierror.Presenter, err error) *tokenError {
	own, throttled := new(tokenError), new(auth.ThrottledError)
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, auth.ErrInvalidClient):
		return &tokenError{http.StatusUnauthorized, "invalid_client", auth.ErrInvalidClient.Error()}
	case errors.Is(err, auth.ErrInvalidScope):
		return &tokenError{http.StatusBadRequest, "invalid_scope", auth.ErrInvalidScope.Error()}
	case errors.As(err, &throttled): // the RFC has no code for it
		return &tokenError{
			http.StatusTooManyRequests, "slow_down",
			fmt.Sprintf("Too many secrets were wrong. Try again in %d seconds.", throttled.Seconds()),
		}
	default: // the section has no code for it either: this one is of the authorization endpoint
		return &tokenError{http.StatusInternalServerError, "server_error", apierror.Masked(presenter.Report(ctx, err))}
	}
}
