package graph

import "context"

// SourceStream yields the events of a subscription (GraphQL specification, "source stream").
type SourceStream interface {
	// Next waits until there is at least one event and returns the available events in log order.
	Next(ctx context.Context) ([]Event, error)
	// Close ends the subscription. Call it exactly once.
	Close()
}

// SubscriptionContext connects the resolver of a subscription with the transport that serves it.
//
// The transport first runs the operation with an empty SubscriptionContext: the resolver checks the arguments and sets
// SourceStream. Then the transport runs the operation once per event with SourceEvent set, and the resolver returns that event.
// An idle subscription therefore needs no goroutine or channel of gqlgen, and subscribers can share a rendered event.
type SubscriptionContext struct {
	SourceStream SourceStream
	SourceEvent  Event
}

type subscriptionContextKey struct{}

// WithSubscriptionContext returns a context for one run of a subscription operation.
func WithSubscriptionContext(ctx context.Context, s *SubscriptionContext) context.Context {
	return context.WithValue(ctx, subscriptionContextKey{}, s)
}

// GetSubscriptionContext returns the SubscriptionContext of ctx, or nil if the transport does not serve subscriptions.
func GetSubscriptionContext(ctx context.Context) *SubscriptionContext {
	s, _ := ctx.Value(subscriptionContextKey{}).(*SubscriptionContext)
	return s
}
