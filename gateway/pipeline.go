package gateway

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/gateway/apierror"
	"aisle/gateway/document"
	"aisle/graph"
)

// execute runs the steps of one operation within its timeout. The result gets a response, a cached response, or neither: then the
// operation is a subscription, whose source stream is in the context's graph.SubscriptionContext.
func (g *Gateway) execute(ctx context.Context, request Request, result *Result) {
	ctx, end := g.beginOperation(ctx, request.Viewer)
	defer func() { end(ctx, result, recover()) }()

	if errs := g.loadDocument(ctx, request, result); len(errs) > 0 {
		result.Response = g.fail(ctx, errs...)
		return
	}
	lookup, err := g.findCached(ctx, request, result)
	switch {
	case err != nil:
		result.Response = g.fail(ctx, err)
		return
	case result.Cached != nil:
		return
	}
	ctx, recording := lookup.Record(ctx)
	defer recording.Close(ctx)
	result.cacheable = recording != nil
	result.Response = g.addQuota(request, result, g.run(ctx, request, result))
	g.storeResponse(recording, result)
}

// beginOperation returns the context of an operation, with its viewer, its timeout and its span. Call end when the operation has
// ended, or has panicked: it converts the panic into a response, and ends the span.
func (g *Gateway) beginOperation(ctx context.Context, viewer auth.Viewer) (
	_ context.Context, end func(ctx context.Context, result *Result, panicked any),
) {
	ctx = graphql.StartOperationTrace(auth.WithViewer(ctx, viewer))
	ctx, cancel := context.WithTimeout(ctx, g.config.Limits.Timeout)
	ctx, endSpan := g.startSpan(ctx)
	return ctx, func(ctx context.Context, result *Result, panicked any) {
		defer cancel()
		if panicked != nil {
			result.Cached, result.Response = nil, g.fail(ctx, apierror.Recovered(panicked))
		}
		endSpan(ctx, result)
	}
}

// loadDocument sets the document of the result and its operation, and checks that the transport and this node may run it.
func (g *Gateway) loadDocument(ctx context.Context, request Request, result *Result) []error {
	d, errs := g.documents.Load(ctx, request.Params, g.requester(request))
	if len(errs) > 0 {
		return errs
	}
	result.Document = d
	definition := d.Operations.ForName(request.Params.OperationName)
	switch {
	case definition == nil && request.Params.OperationName == "":
		return []error{apierror.New(apierror.CodeValidation,
			`The document has %d operations: say which one as "operationName".`, len(d.Operations))}
	case definition == nil:
		return []error{apierror.New(apierror.CodeValidation,
			`The document has no operation named %s, the "operationName".`, apierror.Quote(request.Params.OperationName))}
	case request.IsGET && definition.Operation != ast.Query:
		return []error{apierror.New(apierror.CodeMethod, "GET runs queries only: send a %s with POST.", definition.Operation)}
	case g.config.NoSubscriptions && definition.Operation == ast.Subscription:
		return []error{apierror.New(apierror.CodeMisdirected,
			"This node serves no subscriptions: subscribe at one with the role `events`.")}
	}
	result.Definition = definition
	return nil
}

func (g *Gateway) requester(request Request) document.Requester {
	return document.Requester{
		Viewer: request.Viewer, AuthErr: request.AuthErr, MayIntrospect: g.mayIntrospect(request.Viewer), Account: request.Account,
	}
}

// newOperation coerces the variables of an operation, and authorizes it.
func (g *Gateway) newOperation(ctx context.Context, request Request, d *document.Document) (*graphql.OperationContext, []error) {
	operation, list := g.executor.CreateOperationContext(context.WithValue(ctx, documentKey{}, d.QueryDocument), request.Params)
	if len(list) > 0 {
		return operation, list.Unwrap()
	}
	if err := document.ValidateEnums(g.config.Schema.Schema(), operation.Operation, operation.Variables); err != nil {
		return operation, []error{err}
	}
	if err := g.authorize(ctx, request, operation); err != nil {
		return operation, []error{err}
	}
	return operation, nil
}

// run coerces, authorizes and charges an operation, and runs its resolvers. The response is nil for a subscription that has begun.
func (g *Gateway) run(ctx context.Context, request Request, result *Result) *graphql.Response {
	operation, errs := g.newOperation(ctx, request, result.Document)
	result.Operation = operation
	ctx = graphql.WithOperationContext(ctx, operation)
	if len(errs) > 0 {
		return g.fail(ctx, errs...)
	}
	if err := g.checkQuota(ctx, request, operation, result); err != nil {
		return g.fail(ctx, err)
	}
	prepared, err := g.config.Prepare(ctx, request.Viewer)
	if err != nil {
		return g.fail(ctx, err)
	}
	return g.dispatch(prepared, operation)
}

// dispatch runs the resolvers of an operation.
func (g *Gateway) dispatch(ctx context.Context, operation *graphql.OperationContext) *graphql.Response {
	next, inner := g.executor.DispatchOperation(ctx, operation)
	response := next(inner)
	if response != nil {
		g.limitErrors(inner, response, len(response.Errors))
		return response
	}
	if subscriptionContext := graph.GetSubscriptionContext(ctx); subscriptionContext != nil && subscriptionContext.SourceStream != nil {
		return nil
	}
	return g.fail(inner, fmt.Errorf("gqlgen returned no response: %w", inner.Err())) // it runs nothing after the timeout
}
