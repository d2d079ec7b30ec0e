package store

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"
)

// mostBudgets is how many budgets a node keeps. One that is forgotten is full again.
const mostBudgets = 50_000

// OwnRates keeps the newest budgets in the memory of one process.
type OwnRates struct {
	now     func() time.Time
	budgets *otter.Cache[Budget, *rate.Limiter]
}

// NewOwnRates makes them; now is the clock.
func NewOwnRates(now func() time.Time) *OwnRates {
	return &OwnRates{now, otter.Must(&otter.Options[Budget, *rate.Limiter]{MaximumSize: mostBudgets})}
}

// Spend does what that of Rates does.
func (r *OwnRates) Spend(_ context.Context, b Budget, n int) Balance {
	n = min(n, b.Full())
	budget, _ := r.budgets.ComputeIfAbsent(b, func() (*rate.Limiter, bool) {
		return rate.NewLimiter(rate.Limit(b.PerSecond), b.Full()), false
	})
	now := r.now()
	spent := budget.AllowN(now, n)
	left := budget.TokensAt(now)
	balance := Balance{Spent: spent, Left: int(max(left, 0)), Full: lasts(b, float64(b.Full())-left)}
	if !spent {
		balance.Retry = lasts(b, float64(n)-left)
	}
	return balance
}

// lasts is how long it takes until so much has come in.
func lasts(b Budget, n float64) time.Duration {
	return time.Duration(max(n, 0) / float64(b.PerSecond) * float64(time.Second))
}
