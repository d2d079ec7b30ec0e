package redis

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"
)

// maxBuckets bounds the buckets of a node. A bucket that was evicted is full again.
const maxBuckets = 50_000

// A LocalRateLimiter limits the rates of one process.
type LocalRateLimiter struct {
	now     func() time.Time
	buckets *otter.Cache[Quota, *rate.Limiter]
}

// NewLocalRateLimiter makes a limiter with a clock.
func NewLocalRateLimiter(now func() time.Time) *LocalRateLimiter {
	return &LocalRateLimiter{now, otter.Must(&otter.Options[Quota, *rate.Limiter]{MaximumSize: maxBuckets})}
}

// Take does what RateLimiter.Take does.
func (r *LocalRateLimiter) Take(_ context.Context, q Quota, n int) RateLimitResult {
	n = min(n, q.Burst())
	bucket, _ := r.buckets.ComputeIfAbsent(q, func() (*rate.Limiter, bool) {
		return rate.NewLimiter(rate.Limit(q.PerSecond), q.Burst()), false
	})
	now := r.now()
	allowed := bucket.AllowN(now, n)
	left := bucket.TokensAt(now)
	result := RateLimitResult{Allowed: allowed, Remaining: int(max(left, 0)), ResetAfter: q.timeFor(float64(q.Burst()) - left)}
	if !allowed {
		result.RetryAfter = q.timeFor(float64(n) - left)
	}
	return result
}
