package auth

import (
	"context"
	"fmt"
	"time"
)

// fetchTimeout is how long the store of keys or a foreign key server may take. Nobody waits longer for it.
const fetchTimeout = 5 * time.Second

// seldom does something for one caller at a time. Those who come meanwhile wait, and find it done.
type seldom struct {
	turn chan struct{} // holds one
	last time.Time     // when it was begun; read and written by whose turn it is
	now  func() time.Time
}

func newSeldom(now func() time.Time) *seldom {
	return &seldom{turn: make(chan struct{}, 1), now: now}
}

// do calls f, unless it was called in the last pause, successfully or not. f is given its time even when the caller
// goes away: else whoever asks and leaves could keep everybody else from it.
func (s *seldom) do(ctx context.Context, pause time.Duration, f func(context.Context) error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return fmt.Errorf("wait for keys: %w", ctx.Err())
	}
	now := s.now()
	if !s.last.IsZero() && now.Sub(s.last) < pause {
		return nil
	}
	s.last = now
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	return f(ctx)
}
