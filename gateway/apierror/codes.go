package apierror

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// The values of extensions.code that the gateway and the transports set. The modules add those of store.Code.
const (
	CodeUnauthenticated = "UNAUTHENTICATED"
	CodeForbidden       = "FORBIDDEN"
	CodeLimit           = "LIMIT_EXCEEDED"
	CodeRateLimited     = "RATE_LIMITED"
	CodeTimeout         = "TIMEOUT"
	CodeCancelled       = "CANCELLED"
	CodeInternal        = "INTERNAL"
	CodeBadRequest      = "BAD_REQUEST"
	CodeMethod          = "METHOD_NOT_ALLOWED"
	CodeNotAcceptable   = "NOT_ACCEPTABLE"
	CodeUnsupported     = "UNSUPPORTED_MEDIA_TYPE"
	CodeMisdirected     = "MISDIRECTED"
	CodeUnknownHash     = "PERSISTED_QUERY_NOT_FOUND"
	CodeParse           = errcode.ParseFailed
	CodeValidation      = errcode.ValidationFailed
)

// retryAfterExtension is the extension that holds the seconds after which a client may try again.
const retryAfterExtension = "retryAfter"

// CodeOf returns the code of a presented error; empty without one.
func CodeOf(err *gqlerror.Error) string {
	code, _ := err.Extensions["code"].(string)
	return code
}

// CodesOf returns the distinct codes of a response's errors, in the order of the errors; nil for none.
func CodesOf(response *graphql.Response) []string {
	var codes []string
	for _, err := range response.Errors {
		if code := CodeOf(err); !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

// RetryAfter returns the longest time, in seconds, after which a client may try again; 0 when no error names one.
func RetryAfter(response *graphql.Response) int {
	longest := 0
	for _, err := range response.Errors {
		seconds, _ := err.Extensions[retryAfterExtension].(int)
		longest = max(longest, seconds)
	}
	return longest
}
