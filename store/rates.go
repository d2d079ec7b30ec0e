package store

import (
	"context"
	"log/slog"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

// Budget is what somebody may spend. It fills up evenly, to what comes in within ten seconds.
type Budget struct {
	Key       string // whose
	PerSecond int
}

// Full is how much may be spent at once, of a budget that nobody spent of for a while.
func (b Budget) Full() int { return 10 * b.PerSecond }

// Balance is what became of a wish to spend something.
type Balance struct {
	Spent bool          // as it was wished, or else nothing was
	Left  int           // of the budget
	Full  time.Duration // until the budget is full again
	Retry time.Duration // until as much can be spent; 0 when it was
}

// Rates keeps budgets for all nodes in Redis. While Redis is away or slow each node counts on its own.
type Rates struct {
	shared  *redis_rate.Limiter
	breaker circuitbreaker.CircuitBreaker[any]
	own     *OwnRates
}

const (
	rateTimeout  = 50 * time.Millisecond // Redis answers in a hundredth of it
	rateFailures = 3                     // in a row, until Redis is left alone
	rateRest     = 5 * time.Second       // for Redis, until it is asked again
)

// NewRates makes the budgets of a chain. Nothing waits for Redis here.
func NewRates(client *redis.Client, log *slog.Logger) *Rates {
	// No request is to blame for what becomes of Redis, so none of their contexts goes into the log.
	say := func(sentence string) func(circuitbreaker.StateChangedEvent) {
		return func(circuitbreaker.StateChangedEvent) { log.WarnContext(context.Background(), sentence) } //nolint:sloglint // two constants
	}
	return &Rates{
		shared: redis_rate.NewLimiter(client),
		breaker: circuitbreaker.NewBuilder[any]().
			WithFailureThreshold(rateFailures).WithSuccessThreshold(1).WithDelay(rateRest).
			OnOpen(say("Redis is away: this node limits rates on its own")).
			OnClose(say("Redis is back: all nodes limit rates together")).
			Build(),
		own: NewOwnRates(time.Now),
	}
}

// Spend takes n from the budget, or nothing when less is left. What is more than the whole budget counts as all of it.
func (r *Rates) Spend(ctx context.Context, b Budget, n int) Balance {
	if !r.breaker.TryAcquirePermit() {
		return r.own.Spend(ctx, b, n)
	}
	balance, err := r.spendShared(ctx, b, n)
	if err != nil && ctx.Err() == nil {
		r.breaker.RecordFailure()
		return r.own.Spend(ctx, b, n)
	}
	r.breaker.RecordSuccess() // or the caller is gone, which says nothing about Redis
	return balance
}

func (r *Rates) spendShared(ctx context.Context, b Budget, n int) (Balance, error) {
	n = min(n, b.Full())
	ctx, cancel := context.WithTimeout(ctx, rateTimeout)
	defer cancel()
	limit := redis_rate.Limit{Rate: b.PerSecond, Period: time.Second, Burst: b.Full()}
	result, err := r.shared.AllowN(ctx, b.Key, limit, n)
	if err != nil {
		return Balance{}, Wrap("spend of a budget", err)
	}
	return Balance{
		Spent: result.Allowed == n, Left: result.Remaining, Full: result.ResetAfter, Retry: max(result.RetryAfter, 0),
	}, nil
}
