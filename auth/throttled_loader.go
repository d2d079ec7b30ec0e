package auth

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/semaphore"
)

// fetchTimeout is the time limit of one load, from the key store or from an external issuer.
const fetchTimeout = 5 * time.Second

// throttledLoader runs a load for one caller at a time. It limits how often unknown key ids can cause a load.
//
// A singleflight.Group would not do: a caller that has just changed the keys must not join a load that began before.
type throttledLoader struct {
	turn      *semaphore.Weighted
	lastStart time.Time // guarded by turn
	now       func() time.Time
}

func newThrottledLoader(now func() time.Time) *throttledLoader {
	return &throttledLoader{turn: semaphore.NewWeighted(1), now: now}
}

// run calls load, unless a load started less than minInterval ago, whether it succeeded or not. It waits while another load
// runs. The context of load is not canceled with ctx: otherwise a caller that gives up could keep the others from loading.
func (l *throttledLoader) run(ctx context.Context, minInterval time.Duration, load func(context.Context) error) error {
	if err := l.turn.Acquire(ctx, 1); err != nil {
		return fmt.Errorf("wait for the keys: %w", err)
	}
	defer l.turn.Release(1)
	now := l.now()
	if !l.lastStart.IsZero() && now.Sub(l.lastStart) < minInterval {
		return nil
	}
	l.lastStart = now
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	return load(ctx)
}
