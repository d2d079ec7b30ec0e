package store

import (
	"context"
	"time"

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
	breaker *Breaker
	own     *OwnRates
}

// NewRates makes the budgets of a chain. Nothing waits for Redis here.
func NewRates(client redis.UniversalClient, breaker *Breaker) *Rates {
	return &Rates{redis_rate.NewLimiter(client), breaker, NewOwnRates(time.Now)}
}

// Spend takes n from the budget, or nothing when less is left. What is more than the whole budget counts as all of it.
func (r *Rates) Spend(ctx context.Context, b Budget, n int) Balance {
	var balance Balance
	err := r.breaker.Ask(ctx, func(ctx context.Context) (err error) {
		balance, err = r.spendShared(ctx, b, n)
		return err
	})
	if err != nil && ctx.Err() == nil {
		return r.own.Spend(ctx, b, n)
	}
	return balance // of a caller who is gone it is nothing
}

func (r *Rates) spendShared(ctx context.Context, b Budget, n int) (Balance, error) {
	n = min(n, b.Full())
	limit := redis_rate.Limit{Rate: b.PerSecond, Period: time.Second, Burst: b.Full()}
	result, err := r.shared.AllowN(ctx, b.Key, limit, n)
	if err != nil {
		return Balance{}, Wrap("spend of a budget", err)
	}
	return Balance{
		Spent: result.Allowed == n, Left: result.Remaining, Full: result.ResetAfter, Retry: max(result.RetryAfter, 0),
	}, nil
}
