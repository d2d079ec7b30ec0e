package store

import (
	"context"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

// Quota is what somebody may spend. It fills up evenly, to what comes in within ten seconds.
type Quota struct {
	Key       string // whose
	PerSecond int
}

// Burst is how much may be spent at once, of a budget that nobody spent of for a while.
func (b Quota) Burst() int { return 10 * b.PerSecond }

// RateLimitResult is what became of a wish to spend something.
type RateLimitResult struct {
	Allowed    bool          // as it was wished, or else nothing was
	Remaining  int           // of the budget
	ResetAfter time.Duration // until the budget is full again
	RetryAfter time.Duration // until as much can be spent; 0 when it was
}

// RateLimiter keeps budgets for all nodes in Redis. While Redis is away or slow each node counts on its own.
type RateLimiter struct {
	shared  *redis_rate.Limiter
	breaker *Breaker
	own     *LocalRateLimiter
}

// NewRateLimiter makes the budgets of a chain. Nothing waits for Redis here.
func NewRateLimiter(client redis.UniversalClient, breaker *Breaker) *RateLimiter {
	return &RateLimiter{redis_rate.NewLimiter(client), breaker, NewLocalRateLimiter(time.Now)}
}

// Take takes n from the budget, or nothing when less is left. What is more than the whole budget counts as all of it.
func (r *RateLimiter) Take(ctx context.Context, b Quota, n int) RateLimitResult {
	var balance RateLimitResult
	err := r.breaker.Do(ctx, func(ctx context.Context) (err error) {
		balance, err = r.spendShared(ctx, b, n)
		return err
	})
	if err != nil && ctx.Err() == nil {
		return r.own.Take(ctx, b, n)
	}
	return balance // of a caller who is gone it is nothing
}

func (r *RateLimiter) spendShared(ctx context.Context, b Quota, n int) (RateLimitResult, error) {
	n = min(n, b.Burst())
	limit := redis_rate.Limit{Rate: b.PerSecond, Period: time.Second, Burst: b.Burst()}
	result, err := r.shared.AllowN(ctx, b.Key, limit, n)
	if err != nil {
		return RateLimitResult{}, Wrap("spend of a budget", err)
	}
	return RateLimitResult{
		Allowed: result.Allowed == n, Remaining: result.Remaining, ResetAfter: result.ResetAfter, RetryAfter: max(result.RetryAfter, 0),
	}, nil
}
