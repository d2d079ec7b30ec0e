package auth

import (
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

// scopeIdentity is the part of a scope that identifies its viewer.
type scopeIdentity struct {
	employee uuid.NullUUID
	staff    bool // the viewer manages staff
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
