package gateway

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"aisle/auth"
	"aisle/gateway/apierror"
	"aisle/gateway/document"
	"aisle/gateway/subscription"
	"aisle/graph"
)

// executeStream runs an operation of a transport that can stream: a query or a mutation has one response, a subscription one for each
// event.
func (g *Gateway) executeStream(ctx context.Context, request Request, result *Result) {
	if err := g.starts.Acquire(ctx, 1); err != nil {
		result.Response = g.fail(ctx, err)
		return
	}
	defer g.starts.Release(1)
	subscriptionContext := &graph.SubscriptionContext{}
	g.execute(graph.WithSubscriptionContext(ctx, subscriptionContext), request, result)
	switch {
	case subscriptionContext.SourceStream == nil:
		return
	case result.Response != nil: // a source and a response: that is a defect, but must not leak the source
		subscriptionContext.SourceStream.Close()
		return
	}
	release, err := g.subscriptions.Acquire(request.Viewer)
	if err != nil {
		subscriptionContext.SourceStream.Close()
		result.Response = g.fail(ctx, err)
		return
	}
	result.Subscription = subscription.New(
		subscriptionContext.SourceStream, g.renders, eventRenderer{g, request, result.Document}, eventGroup(request.Viewer, result), release)
}

// eventGroup returns the group of subscribers that get the same response to an event.
func eventGroup(viewer auth.Viewer, result *Result) subscription.Group {
	operation := result.Operation
	used := map[string]any{}
	for _, name := range result.Document.EventVariables(operation.Operation) {
		used[name] = operation.Variables[name]
	}
	return subscription.NewGroup(result.Document.Hash, operation.Operation.Name, viewer.Role, viewer.Permissions(), used)
}

// eventRenderer runs a subscription's operation for single events.
type eventRenderer struct {
	gateway  *Gateway
	request  Request
	document *document.Document
}

// Render returns the response to an event.
func (r eventRenderer) Render(ctx context.Context, e graph.Event) (body []byte, cacheable bool) {
	ctx = graph.WithSubscriptionContext(DetachTrace(ctx), &graph.SubscriptionContext{SourceEvent: e})
	result := &Result{Document: r.document}
	r.execute(ctx, e, result)
	body, response := r.gateway.Encode(ctx, result.Response)
	for _, err := range response.Errors {
		r.gateway.config.Metrics.RecordError(apierror.CodeOf(err))
	}
	return body, len(response.Errors) == 0
}

// execute runs the steps of an operation whose document and quota were checked when it began.
func (r eventRenderer) execute(ctx context.Context, e graph.Event, result *Result) {
	ctx, end := r.gateway.beginOperation(ctx, r.request.Viewer)
	defer func() { end(ctx, result, recover()) }()
	result.Response = r.run(ctx, e, result)
}

func (r eventRenderer) run(ctx context.Context, e graph.Event, result *Result) *graphql.Response {
	g := r.gateway
	operation, errs := g.newOperation(ctx, r.request, r.document)
	result.Operation, result.Definition = operation, operation.Operation
	ctx = graphql.WithOperationContext(ctx, operation)
	if len(errs) > 0 {
		return g.fail(ctx, errs...)
	}
	prepared, err := g.config.PrepareEvent(ctx, r.request.Viewer, e)
	if err != nil {
		return g.fail(ctx, err)
	}
	response := g.dispatch(prepared, operation)
	if response == nil {
		return g.fail(ctx, fmt.Errorf("no response to event %s", e.EventID()))
	}
	return response
}
