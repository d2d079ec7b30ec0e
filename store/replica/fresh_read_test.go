package replica

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
)

// A number that was read before a call may be older than what the caller's viewer has seen.
func TestFreshReadBeginsAfterTheCall(t *testing.T) {
	t.Parallel()
	var reads atomic.Int64
	began, proceed := make(chan struct{}), make(chan struct{})
	f := newFreshRead(func(context.Context) (int64, error) {
		n := reads.Add(1)
		began <- struct{}{}
		<-proceed
		return n, nil
	})
	first := make(chan int64)
	go func() { n, _ := f.get(t.Context()); first <- n }()
	<-began
	var later errgroup.Group
	for range 20 {
		later.Go(func() error {
			n, err := f.get(t.Context())
			if n < 2 {
				return errors.Join(err, errors.New("a caller got a number that was read before its call"))
			}
			return err
		})
	}

	proceed <- struct{}{}
	if n := <-first; n != 1 {
		t.Errorf("the first caller got read %d", n)
	}
	done := make(chan error)
	go func() { done <- later.Wait() }()
	for {
		select {
		case <-began:
			proceed <- struct{}{}
			continue
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		}
		break
	}
	if n := reads.Load(); n > 21 {
		t.Errorf("%d reads for 21 callers", n)
	}
}

func TestPanicOfAFreshReadIsAnError(t *testing.T) {
	t.Parallel()
	f := newFreshRead(func(context.Context) (int64, error) { panic("oh no") })

	if _, err := f.get(t.Context()); err == nil {
		t.Error("no error")
	}
}

// A viewer that was evicted may have been answered anywhere.
func TestAffinityOfAnEvictedViewerIsUnknown(t *testing.T) {
	t.Parallel()
	a, from := newAffinity(), source{replica: &replica{}}
	if !a.wasLast(uuid.New(), from) {
		t.Error("a viewer that was never answered needs a fresh replica")
	}
	for range maxViewers + 1000 {
		a.record(uuid.New(), source{})
	}

	if a.wasLast(uuid.New(), from) {
		t.Error("a viewer that may have been evicted counts as never answered")
	}
}
