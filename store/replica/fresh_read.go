package replica

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// checkTimeout bounds a read. A replica that does not answer in time leaves the rotation.
const checkTimeout = 500 * time.Millisecond

// A freshRead shares reads of a number that only grows among callers that need it at the same time.
//
// A caller never gets a number that was read before it called. That is why a read forgets its flight when it begins: callers
// that come later start the next flight, which waits for the mutex. So at most one read runs and at most one waits.
type freshRead struct {
	read   func(context.Context) (int64, error)
	flight singleflight.Group
	mu     sync.Mutex
}

func newFreshRead(read func(context.Context) (int64, error)) *freshRead {
	return &freshRead{read: read}
}

// get reads the number, or waits for a read that begins after the call. It gives up when ctx ends; the read goes on.
func (f *freshRead) get(ctx context.Context) (int64, error) {
	result := f.flight.DoChan("", func() (any, error) { //nolint:contextcheck // see readOnce
		f.mu.Lock()
		defer f.mu.Unlock()
		f.flight.Forget("")
		return f.readOnce()
	})
	select {
	case r := <-result:
		n, _ := r.Val.(int64)
		return n, r.Err
	case <-ctx.Done():
		return 0, fmt.Errorf("wait for a read: %w", ctx.Err())
	}
}

// readOnce returns a panic as an error: singleflight would end the process. Its context is not a caller's, because the
// statement belongs to none of them.
func (f *freshRead) readOnce() (n int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	return f.read(ctx)
}
