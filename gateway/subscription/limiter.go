package subscription

import (
	"sync"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/gateway/apierror"
)

// A Limiter limits the subscriptions of a node and of each viewer. It is safe for concurrent use.
type Limiter struct {
	maxAll, maxOfViewer int

	mu       sync.Mutex
	all      int
	ofViewer map[uuid.UUID]int
}

// NewLimiter returns a Limiter for at most maxAll subscriptions, of which one viewer has at most maxOfViewer.
func NewLimiter(maxAll, maxOfViewer int) *Limiter {
	return &Limiter{maxAll: maxAll, maxOfViewer: maxOfViewer, ofViewer: map[uuid.UUID]int{}}
}

// Acquire counts a subscription until release is called. It returns a LIMIT_EXCEEDED error when there are too many.
func (l *Limiter) Acquire(v auth.Viewer) (release func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := v.ID()
	if n := l.ofViewer[id]; n >= l.maxOfViewer {
		return nil, apierror.New(apierror.CodeLimit, "You have %d subscriptions on this server, the limit: end one first.", n)
	}
	if l.all >= l.maxAll {
		return nil, apierror.New(apierror.CodeLimit, "This server has %d subscriptions, the limit: try again later.", l.all)
	}
	l.all++
	l.ofViewer[id]++
	return func() { l.release(id) }, nil
}

func (l *Limiter) release(id uuid.UUID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	l.ofViewer[id]--
	if l.ofViewer[id] == 0 {
		delete(l.ofViewer, id)
	}
}

// Count returns how many subscriptions there are.
func (l *Limiter) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all
}
