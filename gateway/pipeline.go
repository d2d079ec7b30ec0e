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

// execute runs the steps of one operation within its time. It sets in the result what it learns of the operation. The response is nil
// when the operation is a subscription, whose source stream is then in the context's graph.SubscriptionContext.
func (g *Gateway) execute(ctx context.Context, request Request, result *Result) (response *graphql.Response) {
	ctx, end := g.beginOperation(ctx, request.Viewer)
	defer func() { response = end(ctx, result, response, recover()) }()

	d, errs := g.loadDocument(ctx, request, result)
	if len(errs) > 0 {
		return g.fail(ctx, errs...)
	}
	operation, errs := g.newOperation(ctx, request, d)
	result.setOperation(operation)
	ctx = graphql.WithOperationContext(ctx, operation)
	if len(errs) > 0 {
		return g.fail(ctx, errs...)
	}
	if err := g.checkQuota(ctx, request, operation, result); err != nil {
		return g.addQuota(request, result, g.fail(ctx, err))
	}
	prepared, err := g.config.Prepare(ctx, request.Viewer)
	if err != nil {
		return g.addQuota(request, result, g.fail(ctx, err))
	}
	return g.addQuota(request, result, g.dispatch(prepared, operation))
}

// beginOperation returns the context of an operation, with its viewer, its timeout and its span. Call end when the operation has a
// response, or has panicked: it converts the panic into a response, and ends the span.
func (g *Gateway) beginOperation(ctx context.Context, viewer auth.Viewer) (
	_ context.Context, end func(ctx context.Context, result *Result, response *graphql.Response, panicked any) *graphql.Response,
) {
	ctx = graphql.StartOperationTrace(auth.WithViewer(ctx, viewer))
	ctx, cancel := context.WithTimeout(ctx, g.config.Limits.Timeout)
	ctx, endSpan := g.startSpan(ctx)
	return ctx, func(ctx context.Context, result *Result, response *graphql.Response, panicked any) *graphql.Response {
		defer cancel()
		if panicked != nil {
			response = g.fail(ctx, apierror.Recovered(panicked))
		}
		endSpan(ctx, result, response)
		return response
	}
}

// loadDocument returns the document of the request, and checks that the transport and this node may run its operation.
func (g *Gateway) loadDocument(ctx context.Context, request Request, result *Result) (*document.Document, []error) {
	d := result.Document
	if d == nil {
		var errs []error
		if d, errs = g.documents.Load(ctx, request.Params, g.requester(request)); len(errs) > 0 {
			return nil, errs
		}
		result.Document = d
	}
	operation := d.Operations.ForName(request.Params.OperationName)
	switch {
	case operation == nil && request.Params.OperationName == "":
		return nil, []error{apierror.New(apierror.CodeValidation,
			`The document has %d operations: say which one as "operationName".`, len(d.Operations))}
	case operation == nil:
		return nil, []error{apierror.New(apierror.CodeValidation,
			`The document has no operation named %s, the "operationName".`, apierror.Quote(request.Params.OperationName))}
	case request.GET != nil && operation.Operation != ast.Query:
		return nil, []error{apierror.New(apierror.CodeMethod, "GET runs queries only: send a %s with POST.", operation.Operation)}
	case g.config.NoSubscriptions && operation.Operation == ast.Subscription:
		return nil, []error{apierror.New(apierror.CodeMisdirected,
			"This node serves no subscriptions: subscribe at one with the role `events`.")}
	}
	return d, nil
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
