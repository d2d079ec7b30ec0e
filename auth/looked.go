package auth

import (
	"context"
	"sync/atomic"
)

// Looked notes whether anybody looked at who asks. What was made without doing so is the same for all who see the same
// stores. It is safe for concurrent use.
type Looked struct{ yes atomic.Bool }

// Yes reports whether anybody did, so far.
func (l *Looked) Yes() bool { return l.yes.Load() }

func (l *Looked) note() {
	if l != nil {
		l.yes.Store(true)
	}
}

// watched is a viewer in a context, whoever looks at whom is noted.
type watched struct {
	Viewer

	looked *Looked
}

// Watch returns a context with the same viewer, and the scope, in both of which it is noted when somebody looks at who asks. To
// look at what stores and regions the scope has is not to do so.
func (l *Looked) Watch(ctx context.Context, s Scope) (context.Context, Scope) {
	v := watched{ViewerFrom(ctx), l}
	s.looked = l
	return context.WithValue(ctx, viewerKey{}, v), s
}
