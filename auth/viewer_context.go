package auth

import (
	"context"
)

// viewerKey is the key of the viewer in a context.
type viewerKey struct{}

// WithViewer returns a context that carries the viewer.
func WithViewer(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// ViewerFromContext returns the viewer that the context carries, or the anonymous viewer.
func ViewerFromContext(ctx context.Context) Viewer {
	switch v := ctx.Value(viewerKey{}).(type) {
	case Viewer:
		return v
	case *IdentityAccessRecorder:
		return v.readViewer()
	default:
		return Viewer{}
	}
}

// WithoutIdentity returns the context and the scope without the viewer's identity, which the recorder holds. ViewerFromContext and the
// methods of the scope get it from there, which is recorded. Any other code finds no identity: it treats the viewer as anonymous. The
// stores and regions of the scope are not part of the identity, nor is that the scope belongs to an employee.
func WithoutIdentity(ctx context.Context, s Scope) (context.Context, Scope, *IdentityAccessRecorder) {
	r := &IdentityAccessRecorder{viewer: ViewerFromContext(ctx), identity: s.identity()}
	s.ofViewer, s.recorder = scopeIdentity{}, r
	return context.WithValue(ctx, viewerKey{}, r), s, r
}
