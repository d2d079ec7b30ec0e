package server

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql"
)

// statuses are those of answers without data. What is not in it is the document's or its variables' fault: 400.
//
//nolint:gochecknoglobals // a constant in all but syntax
var statuses = map[string]int{
	codeUnauthenticated: http.StatusUnauthorized,
	codeForbidden:       http.StatusForbidden,
	codeUnknownHash:     http.StatusOK, // a step of the protocol: Apollo iOS reads no answer that has another
	codeMethod:          http.StatusMethodNotAllowed,
	codeRateLimited:     http.StatusTooManyRequests,
	codeTimeout:         http.StatusGatewayTimeout,
	codeCanceled:        http.StatusServiceUnavailable,
	codeInternal:        http.StatusInternalServerError,
}

// statusOf is the HTTP status of a GraphQL answer.
//
// With data, null or not, it is 200: the operation ran. Without, application/graphql-response+json says what was wrong,
// and application/json is 200, as the specification asks for well-formed requests. Four kinds are not about the
// document, so both media types tell them alike, to clients and proxies that know nothing of GraphQL: a request that is
// not authenticated is 401, what GET does not run is 405, one of too many is 429, and one that the server could not serve
// is 5xx.
func statusOf(media string, answer *graphql.Response) int {
	if answer.Data != nil {
		return http.StatusOK
	}
	status := http.StatusBadRequest
	if len(answer.Errors) > 0 {
		if known, ok := statuses[codeOf(answer.Errors[0])]; ok {
			status = known
		}
	}
	document := status < http.StatusInternalServerError && status != http.StatusUnauthorized &&
		status != http.StatusMethodNotAllowed && status != http.StatusTooManyRequests
	if media == mediaJSON && document {
		return http.StatusOK
	}
	return status
}
