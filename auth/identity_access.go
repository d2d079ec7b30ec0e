package auth

import (
	"sync/atomic"

	"github.com/google/uuid"
)

// An IdentityAccessRecorder records whether code read the identity of the viewer. WithoutIdentity moves the identity from a context and a
// scope into the recorder. If nothing read it, the result is the same for all viewers with the same stores. It is safe for concurrent use.
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
