package graph

import "context"

// Source is what a subscription reads.
type Source interface {
	// Next waits until there is an event at least, and returns what there is, in order.
	Next(ctx context.Context) ([]Event, error)
	// Close ends the subscription. It must be called once.
	Close()
}

// Feed is how the resolver of a subscription and the transport that serves it meet. The transport runs the operation
// with an empty Feed first: the resolver checks the arguments and sets the Source. Then it runs the operation once for
// each event of the source: the resolver answers with just that one. So no subscription has a goroutine or a channel
// of gqlgen's while nothing happens, and what is made of an event can be shared.
type Feed struct {
	Source Source
	Event  Event
}

type feedKey struct{}

// WithFeed puts a feed into the context of one run of an operation.
func WithFeed(ctx context.Context, f *Feed) context.Context {
	return context.WithValue(ctx, feedKey{}, f)
}

// FeedFrom takes it out; nil where the transport serves no subscriptions.
func FeedFrom(ctx context.Context) *Feed {
	f, _ := ctx.Value(feedKey{}).(*Feed)
	return f
}
