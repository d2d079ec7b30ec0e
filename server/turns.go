package server

import (
	"context"
	"runtime"
)

// turns are for work that keeps a processor busy for milliseconds without waiting for anything: reading new documents and
// large requests. Half of the processors do it at most: the others serve those who send neither.
type turns chan struct{}

func newTurns() turns { return make(turns, max(1, runtime.GOMAXPROCS(0)/2)) }

// take waits for a turn, until ctx ends.
func (t turns) take(ctx context.Context) (release func(), err error) {
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-ctx.Done():
		return nil, ctx.Err() //nolint:wrapcheck // classify knows it
	}
}
