package connections

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// enter lets a stream in that leaves when it is told to end, and notes when that was.
func enter(t *testing.T, s *Registry, ended *[]time.Duration) {
	t.Helper()
	begun := time.Now()
	var leave func()
	told := make(chan struct{}, 1)
	leave, err := s.Add(func() {
		*ended = append(*ended, time.Since(begun))
		told <- struct{}{}
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-told
		leave()
	}()
}

func TestDrainEndsConnectionsEvenly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := NewRegistry(10)
		var ended []time.Duration
		for range 4 {
			enter(t, s, &ended)
		}

		err := s.Drain(t.Context(), time.Minute)

		want := []time.Duration{0, 15 * time.Second, 30 * time.Second, 45 * time.Second}
		if err != nil || !slices.Equal(ended, want) {
			t.Errorf("they ended after %v, want %v: %v", ended, want, err)
		}
	})
}

func TestDrainReturnsWhenAllConnectionsHaveLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := NewRegistry(10)
		begun := time.Now()
		for range 4 {
			leave, err := s.Add(func() {})
			if err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(time.Second, leave)
		}

		err := s.Drain(t.Context(), time.Minute)

		if took := time.Since(begun); err != nil || took != time.Second {
			t.Errorf("it took %v: %v", took, err)
		}
	})
}

func TestDrainReturnsAnErrorForConnectionsThatStay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := NewRegistry(10)
		told := 0
		for range 3 {
			if _, err := s.Add(func() { told++ }); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		err := s.Drain(ctx, time.Minute)

		if !errors.Is(err, context.DeadlineExceeded) || told != 3 {
			t.Errorf("%d were told to end: %v", told, err)
		}
	})
}

func TestAddDuringADrainEndsTheConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := NewRegistry(10)
		var ended []time.Duration
		if err := s.Drain(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}

		enter(t, s, &ended)

		if len(ended) != 1 {
			t.Error("it is not told to end")
		}
	})
}
