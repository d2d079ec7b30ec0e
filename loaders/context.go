package loaders

import (
	"context"
	"sync/atomic"
)

type contextKey struct{}

// NewContext returns a context with the loaders of a request.
func NewContext(ctx context.Context, l *Loaders) context.Context {
	current := &atomic.Pointer[Loaders]{}
	current.Store(l)
	return context.WithValue(ctx, contextKey{}, current)
}

// FromContext returns the loaders of the request. It panics if there are none: a resolver never runs outside a request.
func FromContext(ctx context.Context) *Loaders {
	current, ok := ctx.Value(contextKey{}).(*atomic.Pointer[Loaders])
	if !ok {
		panic("no loaders in the context")
	}
	return current.Load()
}

// ReplaceInContext replaces the loaders for the rest of the request. Call it when the viewer has
// changed, or when the loaders may hold old data: after sign-in, and before and after a mutation.
func ReplaceInContext(ctx context.Context, l *Loaders) {
	if current, ok := ctx.Value(contextKey{}).(*atomic.Pointer[Loaders]); ok {
		current.Store(l)
	}
}
