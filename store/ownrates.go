package store

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"
)

// mostBudgets is how many budgets a node keeps. One that is forgotten is full again.
const mostBudgets = 50_000

// LocalRateLimiter keeps the newest budgets in the memory of one process.
type LocalRateLimiter struct {
	now     func() time.Time
	budgets *otter.Cache[Quota, *rate.Limiter]
}

// NewLocalRateLimiter makes them; now is the clock.
func NewLocalRateLimiter(now func() time.Time) *LocalRateLimiter {
	return &LocalRateLimiter{now, otter.Must(&otter.Options[Quota, *rate.Limiter]{MaximumSize: mostBudgets})}
}

// Take does what that of Rates does.
func (r *LocalRateLimiter) Take(_ context.Context, b Quota, n int) RateLimitResult {
	n = min(n, b.Burst())
	budget, _ := r.budgets.ComputeIfAbsent(b, func() (*rate.Limiter, bool) {
		return rate.NewLimiter(rate.Limit(b.PerSecond), b.Burst()), false
	})
	now := r.now()
	spent := budget.AllowN(now, n)
	left := budget.TokensAt(now)
	balance := RateLimitResult{Allowed: spent, Remaining: int(max(left, 0)), ResetAfter: lasts(b, float64(b.Burst())-left)}
	if !spent {
		balance.RetryAfter = lasts(b, float64(n)-left)
	}
	return balance
}

// lasts is how long it takes until so much has come in.
func lasts(b Quota, n float64) time.Duration {
	return time.Duration(max(n, 0) / float64(b.PerSecond) * float64(time.Second))
}
