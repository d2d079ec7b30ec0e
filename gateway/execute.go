package gateway

import "context"

// Execute runs the operation of a request. All transports use it.
func (g *Gateway) Execute(ctx context.Context, request Request) *Result {
	result := &Result{}
	if request.Streams {
		g.executeStream(ctx, request, result)
	} else {
		g.execute(ctx, request, result)
	}
	result.Quota = request.Account.Result()
	return result
}

// Reject returns the result for a request that a transport rejects before its operation is known.
func (g *Gateway) Reject(ctx context.Context, err error) *Result {
	return &Result{Err: err, Response: g.fail(ctx, err)}
}
