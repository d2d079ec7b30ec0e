package redis

import (
	"context"
	"time"

	"github.com/go-redis/redis_rate/v10"
	goredis "github.com/redis/go-redis/v9"
)

// A RateLimiter limits rates for all nodes together. While Redis is unavailable each node limits on its own.
type RateLimiter struct {
	shared  *redis_rate.Limiter
	breaker *Breaker
	local   *LocalRateLimiter
}

// NewRateLimiter makes a limiter. It does not connect.
func NewRateLimiter(client goredis.UniversalClient, breaker *Breaker) *RateLimiter {
	return &RateLimiter{redis_rate.NewLimiter(client), breaker, NewLocalRateLimiter(time.Now)}
}

// Take takes n tokens, or none if fewer are left. An n above Burst counts as Burst. If ctx ends the result is zero.
func (r *RateLimiter) Take(ctx context.Context, q Quota, n int) RateLimitResult {
	var result RateLimitResult
	err := r.breaker.Do(ctx, func(ctx context.Context) (err error) {
		result, err = r.takeShared(ctx, q, n)
		return err
	})
	if err != nil && ctx.Err() == nil {
		return r.local.Take(ctx, q, n)
	}
	return result
}

func (r *RateLimiter) takeShared(ctx context.Context, q Quota, n int) (RateLimitResult, error) {
	n = min(n, q.Burst())
	limit := redis_rate.Limit{Rate: q.PerSecond, Period: time.Second, Burst: q.Burst()}
	result, err := r.shared.AllowN(ctx, q.Key, limit, n)
	if err != nil {
		return RateLimitResult{}, err //nolint:wrapcheck // it only opens the breaker
	}
	return RateLimitResult{
		Allowed: result.Allowed == n, Remaining: result.Remaining, ResetAfter: result.ResetAfter, RetryAfter: max(result.RetryAfter, 0),
	}, nil
}
