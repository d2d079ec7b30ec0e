package auth

import (
	"context"
	"sync/atomic"
)

// IdentityAccessRecorder records whether code read the identity of the viewer. A result that was computed without it is the same for
// all viewers with the same stores. It is safe for concurrent use.
type IdentityAccessRecorder struct{ accessed atomic.Bool }

// Accessed reports whether the identity was read so far.
func (l *IdentityAccessRecorder) Accessed() bool { return l.accessed.Load() }

func (l *IdentityAccessRecorder) record() {
	if l != nil {
		l.accessed.Store(true)
	}
}

// trackedViewer is a viewer in a context that records when it is read.
type trackedViewer struct {
	Viewer

	recorder *IdentityAccessRecorder
}

// Track returns the context and the scope, both of which record when the viewer's identity is read. Reading the stores and regions of
// the scope does not count.
func (l *IdentityAccessRecorder) Track(ctx context.Context, s Scope) (context.Context, Scope) {
	v := trackedViewer{ViewerFromContext(ctx), l}
	s.recorder = l
	return context.WithValue(ctx, viewerKey{}, v), s
}
