package redis

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

// A Breaker is the circuit breaker of a node's requests to Redis. After a few failures it rejects calls for a while. It is
// safe for concurrent use.
type Breaker struct {
	circuit circuitbreaker.CircuitBreaker[any]
}

const (
	callTimeout = 50 * time.Millisecond // Redis answers in a hundredth of it
	maxFailures = 3                     // in a row, before the breaker opens
	openDelay   = time.Second           // before an open breaker tries again
)

var errBreakerOpen = errors.New("the circuit breaker of Redis is open")

// NewBreaker makes a breaker that logs when it opens and when it closes.
func NewBreaker(log *slog.Logger) *Breaker {
	// The state of Redis belongs to no request, so the log has none of their contexts.
	logAs := func(message string) func(circuitbreaker.StateChangedEvent) {
		return func(circuitbreaker.StateChangedEvent) { log.WarnContext(context.Background(), message) } //nolint:sloglint // two constants
	}
	return &Breaker{
		circuitbreaker.NewBuilder[any]().
			WithFailureThreshold(maxFailures).WithSuccessThreshold(1).WithDelay(openDelay).
			OnOpen(logAs("Redis is unavailable: rate limits count per node, and nodes share no documents and no cached entities")).
			OnClose(logAs("Redis is available again")).
			Build(),
	}
}

// Do calls f with a short timeout. It returns an error if f fails or the breaker is open.
func (b *Breaker) Do(ctx context.Context, f func(ctx context.Context) error) error {
	if !b.circuit.TryAcquirePermit() {
		return errBreakerOpen
	}
	timed, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := f(timed)
	if err != nil && ctx.Err() == nil {
		b.circuit.RecordFailure()
		return err
	}
	b.circuit.RecordSuccess() // a caller that has gone says nothing about Redis
	return err
}

// IsOpen reports whether Redis is unavailable.
func (b *Breaker) IsOpen() bool { return !b.circuit.IsClosed() }
