package graphqlhttp

import (
	"errors"
	"net/http"

	"github.com/99designs/gqlgen/graphql"

	"aisle/gateway/apierror"
)

// statuses are the HTTP statuses of responses without data, by the code of their error. Other codes blame the document or its variables:
// 400.
//
//nolint:gochecknoglobals // a constant in all but syntax
var statuses = map[string]int{
	apierror.CodeUnauthenticated: http.StatusUnauthorized,
	apierror.CodeForbidden:       http.StatusForbidden,
	apierror.CodeUnknownHash:     http.StatusOK, // a step of the protocol: Apollo iOS reads no response with another status
	apierror.CodeMethod:          http.StatusMethodNotAllowed,
	apierror.CodeRateLimited:     http.StatusTooManyRequests,
	apierror.CodeTimeout:         http.StatusGatewayTimeout,
	apierror.CodeCancelled:       http.StatusServiceUnavailable,
	apierror.CodeInternal:        http.StatusInternalServerError,
}

// responseStatus returns the HTTP status of a GraphQL response.
//
// With data, even null, it is 200: the operation ran. Without, the status is 200 for application/json, as the specification asks of
// well-formed requests, and tells the error for application/graphql-response+json. Four kinds of errors are not about the document, so
// both media types tell them, also to clients and proxies that do not know GraphQL: 401 for a request that is not authenticated, 405 for
// what GET does not run, 429 for one too many, and 5xx for one that the server could not serve.
func responseStatus(media string, response *graphql.Response) int {
	if response.Data != nil {
		return http.StatusOK
	}
	status := http.StatusBadRequest
	if len(response.Errors) > 0 {
		if known, ok := statuses[apierror.CodeOf(response.Errors[0])]; ok {
			status = known
		}
	}
	aboutDocument := status < http.StatusInternalServerError && status != http.StatusUnauthorized &&
		status != http.StatusMethodNotAllowed && status != http.StatusTooManyRequests
	if media == mediaJSON && aboutDocument {
		return http.StatusOK
	}
	return status
}

// rejectionStatus returns the HTTP status of a request that was rejected before its operation was known. response presents the error.
func rejectionStatus(err error, response *graphql.Response) int {
	if own := new(statusError); errors.As(err, &own) {
		return own.status
	}
	if status, ok := statuses[apierror.CodeOf(response.Errors[0])]; ok {
		return status
	}
	return http.StatusBadRequest
}
