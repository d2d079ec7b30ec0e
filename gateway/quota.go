package gateway

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"aisle/gateway/apierror"
	"aisle/gateway/limits"
)

// checkQuota returns an error for an operation that is too complex, or that costs more than the quota of its viewer has left.
// Registered operations have no maximum.
func (g *Gateway) checkQuota(ctx context.Context, request Request, operation *graphql.OperationContext, result *Result) error {
	result.Complexity = limits.Complexity(operation.Operation, operation.Variables)
	if isFree(request.Viewer, result.Document) {
		return nil
	}
	if limit := g.config.Limits.Complexity; result.Complexity > limit && !result.Document.Registered {
		return apierror.New(apierror.CodeLimit,
			"The operation costs %d, the limit is %d: ask for shorter lists, or for fewer fields.", result.Complexity, limit)
	}
	return request.Account.ChargeOperation(ctx, result.Complexity)
}

// addQuota adds to a response what it cost and what is left: sockets have no headers. A response that may be cached does not have it.
func (g *Gateway) addQuota(request Request, result *Result, response *graphql.Response) *graphql.Response {
	if q := request.Account.Result(); q != nil && response != nil && !result.cacheable {
		addExtension(response, "rateLimit", map[string]int{
			"cost": q.Cost, "limit": q.Limit, "remaining": q.Remaining, "reset": q.Reset,
		})
	}
	return response
}
