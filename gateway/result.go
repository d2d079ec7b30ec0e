package gateway

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"go.opentelemetry.io/otel/trace"

	"aisle/gateway/apierror"
	"aisle/gateway/document"
	"aisle/gateway/quota"
	"aisle/gateway/responsecache"
	"aisle/gateway/subscription"
	"aisle/telemetry"
)

// A Result is what became of a request. One of Response, Cached and Subscription is set.
type Result struct {
	Response     *graphql.Response
	Cached       *responsecache.Response
	Subscription *subscription.Subscription

	// Err is the reason for which the request was rejected before any operation was known; nil otherwise. Response presents it.
	Err error

	Document    *document.Document        // nil until it is known
	Definition  *ast.OperationDefinition  // nil until it is known
	Operation   *graphql.OperationContext // nil until it is known, and for a cached response
	Complexity  int                       // 0 until it is known
	CacheResult telemetry.CacheResult     // empty for what is never cached
	Quota       *quota.Result             // nil when nothing was charged
	TraceID     trace.TraceID             // of the operation; invalid without one

	cacheable bool // the response may be stored
}

// codes returns the codes of the response's errors; nil for none.
func (r *Result) codes() []string {
	if r.Response == nil {
		return nil
	}
	return apierror.CodesOf(r.Response)
}

func (r *Result) isRegistered() bool { return r.Document != nil && r.Document.Registered }

// operationName returns the kind and the name of the operation. Both are empty when it is not known.
func (r *Result) operationName() (kind, name string) {
	if r.Definition == nil {
		return "", ""
	}
	return string(r.Definition.Operation), r.Definition.Name
}

// traceID returns the trace of the operation, or else that of the request. It is invalid without a trace.
func (r *Result) traceID(ctx context.Context) trace.TraceID {
	if r.TraceID.IsValid() {
		return r.TraceID
	}
	return trace.SpanContextFromContext(ctx).TraceID()
}
