package auth

import (
	"context"
	"sync/atomic"
)

// IdentityAccessRecorder notes whether anybody looked at who asks. What was made without doing so is the same for all who see the same
// stores. It is safe for concurrent use.
type IdentityAccessRecorder struct{ accessed atomic.Bool }

// Accessed reports whether anybody did, so far.
func (l *IdentityAccessRecorder) Accessed() bool { return l.accessed.Load() }

func (l *IdentityAccessRecorder) record() {
	if l != nil {
		l.accessed.Store(true)
	}
}

// trackedViewer is a viewer in a context, whoever looks at whom is noted.
type trackedViewer struct {
	Viewer

	recorder *IdentityAccessRecorder
}

// Track returns a context with the same viewer, and the scope, in both of which it is noted when somebody looks at who asks. To
// look at what stores and regions the scope has is not to do so.
func (l *IdentityAccessRecorder) Track(ctx context.Context, s Scope) (context.Context, Scope) {
	v := trackedViewer{ViewerFromContext(ctx), l}
	s.recorder = l
	return context.WithValue(ctx, viewerKey{}, v), s
}
