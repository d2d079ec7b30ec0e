package store

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

// Breaker leaves Redis alone for a while when it does not answer. A node has one for all that it asks of Redis in
// requests. It is safe for concurrent use.
type Breaker struct {
	circuit circuitbreaker.CircuitBreaker[any]
}

const (
	redisTimeout  = 50 * time.Millisecond // Redis answers in a hundredth of it
	redisFailures = 3                     // in a row, until Redis is left alone
	redisRest     = time.Second           // for Redis, until it is asked again
)

// errResting says that Redis was not asked.
var errResting = errors.New("left alone for now: Redis")

// NewBreaker makes one that says in the log when Redis goes and comes back.
func NewBreaker(log *slog.Logger) *Breaker {
	// No request is to blame for what becomes of Redis, so none of their contexts goes into the log.
	say := func(sentence string) func(circuitbreaker.StateChangedEvent) {
		return func(circuitbreaker.StateChangedEvent) { log.WarnContext(context.Background(), sentence) } //nolint:sloglint // two constants
	}
	return &Breaker{
		circuitbreaker.NewBuilder[any]().
			WithFailureThreshold(redisFailures).WithSuccessThreshold(1).WithDelay(redisRest).
			OnOpen(say("Redis is away: this node limits rates on its own, and shares no documents and nothing that is hot")).
			OnClose(say("Redis is back: all nodes limit rates together, and share documents and what is hot")).
			Build(),
	}
}

// Do asks Redis, which has little time to answer. An error says that it did not, or was not asked at all.
func (b *Breaker) Do(ctx context.Context, question func(ctx context.Context) error) error {
	if !b.circuit.TryAcquirePermit() {
		return errResting
	}
	brief, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	err := question(brief)
	if err != nil && ctx.Err() == nil {
		b.circuit.RecordFailure()
		return err
	}
	b.circuit.RecordSuccess() // or the caller is gone, which says nothing about Redis
	return err
}

// IsOpen reports whether Redis is left alone now.
func (b *Breaker) IsOpen() bool { return !b.circuit.IsClosed() }
