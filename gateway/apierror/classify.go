package apierror

import (
	"context"
	"errors"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
)

// A ClientError is what a client learns of an error.
type ClientError struct {
	Code       string
	Message    string
	Field      []string // path of the input field; nil when the error is not about one
	RetryAfter int      // seconds after which the client may try again; 0 when that would not help
}

// statementCanceled is PostgreSQL's SQLSTATE query_canceled: of statement_timeout, and of a canceled context.
const statementCanceled = "57014"

// Classify is the one table of errors. An error that it does not know is internal, and ok is false.
func Classify(ctx context.Context, err error) (known ClientError, ok bool) {
	var (
		own       *Error
		rule      *store.UserError
		throttled *auth.ThrottledError
		denied    *graph.DeniedError
		sql       interface{ SQLState() string } // PostgreSQL's errors implement it
	)
	switch {
	case errors.As(err, new(*PanicError)):
		return ClientError{}, false
	case errors.As(err, &own):
		return ClientError{Code: own.Code, Message: own.Message, RetryAfter: own.RetryAfter}, true
	case errors.As(err, &rule):
		return ClientError{Code: string(rule.Code), Message: rule.Message, Field: rule.Field}, true
	case errors.As(err, &throttled):
		return ClientError{Code: CodeRateLimited, Message: throttled.Error(), RetryAfter: throttled.Seconds()}, true
	case errors.Is(err, auth.ErrInvalidToken): // only the log has the reason: a rejected token reveals nothing
		return ClientError{Code: CodeUnauthenticated, Message: auth.ErrInvalidToken.Error()}, true
	case errors.Is(err, auth.ErrTokenExpired): // on an open connection
		return ClientError{Code: CodeUnauthenticated, Message: auth.ErrTokenExpired.Error()}, true
	case errors.Is(err, auth.ErrUnauthenticated):
		return ClientError{Code: CodeUnauthenticated, Message: auth.ErrUnauthenticated.Error()}, true
	case errors.As(err, &denied):
		return ClientError{Code: CodeForbidden, Message: denied.Error()}, true
	case errors.Is(err, auth.ErrForbidden):
		return ClientError{Code: CodeForbidden, Message: auth.ErrForbidden.Error()}, true
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &sql) && sql.SQLState() == statementCanceled:
		return ClientError{Code: CodeTimeout, Message: "This took too long and was stopped. Ask for less, or try again."}, true
	case errors.Is(err, context.Canceled) && ctx.Err() != nil: // any other cancellation is a defect
		return ClientError{Code: CodeCancelled, Message: "The request was cancelled."}, true
	default:
		return ClientError{}, false
	}
}
