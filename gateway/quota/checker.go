package quota

import (
	"context"
	"time"

	"aisle/store/redis"
)

// A Limiter is a rate limiter for all nodes. *redis.RateLimiter implements it.
type Limiter interface {
	Take(ctx context.Context, b redis.Quota, n int) redis.RateLimitResult
}

// Config configures a Checker. The rates are per second on average; ten times as much may be spent at once.
type Config struct {
	Limiter         Limiter // nil for no limit on what operations cost
	ViewerRate      int     // cost of a viewer's operations; 0 for no limit
	AddressRate     int     // cost of the operations that come from one address without a token; 0 for no limit
	NewDocumentRate int     // bytes of new documents that a viewer or an address sends
	Now             func() time.Time
}

// A Checker opens accounts for requests.
type Checker struct {
	config       Config
	newDocuments *redis.LocalRateLimiter // of this node: it bounds the node's CPU time
}

// NewChecker returns a Checker.
func NewChecker(config Config) *Checker {
	return &Checker{config, redis.NewLocalRateLimiter(config.Now)}
}
