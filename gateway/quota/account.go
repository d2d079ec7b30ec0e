package quota

import (
	"context"
	"math"
	"net/netip"
	"time"

	"aisle/auth"
	"aisle/gateway/apierror"
	"aisle/store/redis"
)

const (
	bytesPerUnit = 10      // of a request: parsing that much JSON takes as long as writing one field
	largeRequest = 4 << 10 // bytes; the requests of the apps are smaller
)

// An Account charges one request to the quota of its viewer, or of its address. It is not safe for concurrent use.
type Account struct {
	checker   *Checker
	perSecond int
	viewer    auth.Viewer
	address   netip.Addr

	unpaidBytes int
	result      *Result
}

// Account returns the account of a new request.
func (c *Checker) Account(viewer auth.Viewer, address netip.Addr) *Account {
	a := &Account{checker: c, perSecond: c.config.ViewerRate, viewer: viewer, address: address}
	if viewer.Anonymous() {
		a.perSecond = c.config.AddressRate
	}
	return a
}

// A Result is what a request was charged, and what its quota has left.
type Result struct {
	Cost, Limit, Remaining int
	Reset                  int // seconds until the quota is full
}

// Result returns what the request was charged; nil when it has no quota or was not charged.
func (a *Account) Result() *Result { return a.result }

// quotaKey identifies the quota.
func (a *Account) quotaKey() string {
	if a.viewer.Anonymous() {
		return "address:" + auth.Client{Address: a.address}.Network()
	}
	return "viewer:" + a.viewer.ID().String()
}

// SetSize sets the size of the request in bytes. They are charged with the operation unless they were charged before.
func (a *Account) SetSize(bytes int) { a.unpaidBytes = bytes }

// IsLarge reports whether a request is so large that it is charged before it is decoded: decoding is then most of its work.
func IsLarge(bytes int) bool { return bytes > largeRequest }

// ChargeLargeRequest charges the size of a large request. It returns a RATE_LIMITED error when the quota is spent.
func (a *Account) ChargeLargeRequest(ctx context.Context) error {
	if !IsLarge(a.unpaidBytes) {
		return nil
	}
	return a.ChargeSize(ctx)
}

// ChargeSize charges the size of the request.
func (a *Account) ChargeSize(ctx context.Context) error {
	size := a.unpaidBytes
	a.unpaidBytes = 0
	return a.Charge(ctx, size/bytesPerUnit)
}

// ChargeOperation charges the complexity of the operation, and the size of the request if it was not charged before.
func (a *Account) ChargeOperation(ctx context.Context, complexity int) error {
	return a.Charge(ctx, complexity+a.unpaidBytes/bytesPerUnit)
}

// Charge takes a cost from the quota. It returns a RATE_LIMITED error when less is left.
func (a *Account) Charge(ctx context.Context, cost int) error {
	if a.checker.config.Limiter == nil || a.perSecond == 0 {
		return nil
	}
	budget := redis.Quota{Key: a.quotaKey(), PerSecond: a.perSecond}
	limit := budget.Burst()
	charged := 0
	if a.result != nil {
		charged = a.result.Cost
	}
	// A request that costs more than the limit takes the whole quota.
	balance := a.checker.config.Limiter.Take(ctx, budget, min(cost, max(0, limit-charged)))
	cost += charged
	a.result = &Result{Cost: cost, Limit: limit, Remaining: balance.Remaining, Reset: seconds(balance.ResetAfter)}
	if balance.Allowed {
		return nil
	}
	return apierror.RateLimited(balance.RetryAfter,
		"This costs %d, and %d are left of the %d that you may spend at once", cost, balance.Remaining, limit)
}

// ChargeNewDocument charges a document that this node does not know. It bounds the work that a flood of new documents causes, and
// leaves known documents to the others behind the same address. Each node counts for itself.
func (a *Account) ChargeNewDocument(ctx context.Context, bytes int) error {
	budget := redis.Quota{Key: a.quotaKey(), PerSecond: a.checker.config.NewDocumentRate}
	balance := a.checker.newDocuments.Take(ctx, budget, bytes)
	if balance.Allowed {
		return nil
	}
	return apierror.RateLimited(balance.RetryAfter,
		"You have sent new documents of %d bytes, the limit at once. Use variables: parsing new documents is rate limited", budget.Burst())
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
