package redis

import "time"

// A Quota is a token bucket: PerSecond tokens are added each second, up to Burst.
type Quota struct {
	Key       string // identifies the bucket
	PerSecond int
}

// Burst returns the number of tokens of a full bucket: those of ten seconds.
func (q Quota) Burst() int { return 10 * q.PerSecond }

// A RateLimitResult says whether tokens were taken, and what is left.
type RateLimitResult struct {
	Allowed    bool // all tokens were taken; else none was
	Remaining  int
	ResetAfter time.Duration // until the bucket is full
	RetryAfter time.Duration // until as many tokens are there; 0 if they were taken
}

// timeFor returns how long it takes to add n tokens.
func (q Quota) timeFor(n float64) time.Duration {
	return time.Duration(max(n, 0) / float64(q.PerSecond) * float64(time.Second))
}
