package auth

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestThrottledLoaderCancelsALoadAfter5Seconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start, loader := time.Now(), newThrottledLoader(time.Now)

		err := loader.run(t.Context(), 0, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })

		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 5*time.Second {
			t.Errorf("got %v after %v, want DeadlineExceeded after 5 s", err, time.Since(start))
		}
	})
}

// Otherwise a caller that gives up could keep the others from loading.
func TestThrottledLoaderFinishesALoadWhoseCallerGaveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())

		err := newThrottledLoader(time.Now).run(ctx, time.Minute, func(ctx context.Context) error { cancel(); return ctx.Err() })
		if err != nil {
			t.Error(err)
		}
	})
}

func TestThrottledLoaderLoadsOnceForConcurrentCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		loader, loads := newThrottledLoader(time.Now), 0
		load := func(context.Context) error {
			time.Sleep(time.Second) //nolint:forbidigo // time of the synctest bubble
			loads++
			return t.Context().Err()
		}
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				if err := loader.run(t.Context(), time.Minute, load); err != nil || loads != 1 {
					t.Errorf("got %v after %d loads, want 1 load", err, loads)
				}
			})
		}
		callers.Wait()
	})
}

func TestThrottledLoaderLetsAWaitingCallerGiveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		loader := newThrottledLoader(time.Now)
		var first sync.WaitGroup
		first.Go(func() {
			_ = loader.run(t.Context(), 0, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		err := loader.run(ctx, 0, func(context.Context) error { t.Error("two loads ran at the same time"); return nil })

		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want DeadlineExceeded", err)
		}
		first.Wait()
	})
}
