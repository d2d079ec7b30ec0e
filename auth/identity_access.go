package auth

import (
	"context"
	"sync/atomic"

	"github.com/google/uuid"
)

// IdentityAccessRecorder holds the identity of a viewer in place of a context and a scope (WithoutIdentity), and records whether code read
// it. A result that was computed without it is the same for all viewers with the same stores. It is safe for concurrent use.
type IdentityAccessRecorder struct {
	accessed atomic.Bool
	viewer   Viewer
	identity scopeIdentity
}

// scopeIdentity is what a scope knows of its viewer besides stores and regions.
type scopeIdentity struct {
	employee uuid.NullUUID
	staff    bool // the viewer manages staff
}

// WithoutIdentity returns the context and the scope without the viewer's identity, which the recorder holds. ViewerFromContext and the
// methods of the scope get it from there, which is recorded. Any other code finds no identity: it treats the viewer as anonymous. The
// stores and regions of the scope are not part of the identity, nor is that the scope belongs to an employee.
func WithoutIdentity(ctx context.Context, s Scope) (context.Context, Scope, *IdentityAccessRecorder) {
	r := &IdentityAccessRecorder{viewer: ViewerFromContext(ctx), identity: s.identity()}
	s.ofViewer, s.recorder = scopeIdentity{}, r
	return context.WithValue(ctx, viewerKey{}, r), s, r
}

// Accessed reports whether the identity was read so far.
func (r *IdentityAccessRecorder) Accessed() bool { return r.accessed.Load() }

func (r *IdentityAccessRecorder) readViewer() Viewer {
	r.accessed.Store(true)
	return r.viewer
}

func (r *IdentityAccessRecorder) readIdentity() scopeIdentity {
	r.accessed.Store(true)
	return r.identity
}
