package server

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"aisle/auth"
	"aisle/store/redis"
)

// Rates are the budgets of viewers and addresses. *store.Rates has them for all nodes.
type Rates interface {
	Take(ctx context.Context, b redis.Quota, n int) redis.RateLimitResult
}

// payer is who asks, and from where: whose budget it is that an operation is paid from.
type payer struct {
	viewer  auth.Viewer
	address netip.Addr
}

// key is what the payer is known by.
func (p payer) key() string {
	if p.viewer.Anonymous() {
		return "address:" + networkOf(p.address)
	}
	return "viewer:" + p.viewer.ID().String()
}

// charge is what an operation cost, and what is left to its payer.
type charge struct {
	redis.RateLimitResult

	cost, limit int
}

// largeRequest is from how many bytes on a request is paid for before it is decoded: those of the apps are smaller.
const largeRequest = 4 << 10

// chargeLarge refuses a large request whose payer has spent too much: decoding it would be the most of the work.
func (s *Server) chargeLarge(ctx context.Context, x *exchange) error {
	if x.size <= largeRequest {
		return nil
	}
	return s.chargeBytes(ctx, x)
}

// chargeBytes refuses a request whose payer has spent too much, before anything is done with it.
func (s *Server) chargeBytes(ctx context.Context, x *exchange) error {
	size := x.size
	x.size = 0 // it is paid for
	return s.spend(ctx, x, size/bytesForOne)
}

// admit refuses an operation that costs too much, or more than is left to its payer. A registered one may cost what it
// does, and is free for who has a token: without one it is paid for, because signing in is work that anybody may ask for.
func (s *Server) admit(ctx context.Context, x *exchange) error {
	x.cost = costOf(x.operation)
	if x.isFree(x.document) {
		return nil
	}
	if most := s.config.Limits.Cost; x.cost > most && !x.document.registered {
		return refuse(0, codeLimit, "The operation costs %d, the limit is %d: ask for shorter lists, or for fewer fields.", x.cost, most)
	}
	return s.spend(ctx, x, x.cost+x.size/bytesForOne)
}

// isFree says that the payer need not pay for the document; nil is one that is not registered.
func (p payer) isFree(d *document) bool { return d != nil && d.registered && !p.viewer.Anonymous() }

// spend takes from the budget of the payer.
func (s *Server) spend(ctx context.Context, x *exchange, cost int) error {
	budget := redis.Quota{Key: x.key(), PerSecond: s.config.Limits.ViewerRate}
	if x.viewer.Anonymous() {
		budget.PerSecond = s.config.Limits.AddressRate
	}
	if s.config.Rates == nil || budget.PerSecond == 0 {
		return nil
	}
	most := budget.Burst() // of the operation as a whole: what costs more counts as all
	if x.charge != nil {
		most = max(0, most-x.charge.cost)
	}
	balance := s.config.Rates.Take(ctx, budget, min(cost, most))
	if x.charge != nil {
		cost += x.charge.cost
	}
	x.charge = &charge{balance, cost, budget.Burst()}
	if balance.Allowed {
		return nil
	}
	return refuseUntilf(balance.RetryAfter, "This costs %d, and %d are left of the %d that you may spend at once",
		cost, balance.Remaining, budget.Burst())
}

// chargeNew refuses a document of those whose new documents are too many. It bounds what a flood of nonsense costs, and
// leaves the known documents to those who share an address with it. Each node counts for itself.
func (s *Server) chargeNew(ctx context.Context, x *exchange, bytes int) error {
	budget := redis.Quota{Key: x.key(), PerSecond: s.config.Limits.NewDocuments}
	balance := s.newDocuments.Take(ctx, budget, bytes)
	if balance.Allowed {
		return nil
	}
	return refuseUntilf(balance.RetryAfter,
		"You have sent new documents of %d bytes, the limit at once: send what differs as variables", budget.Burst())
}

// refuseUntilf is the refusal of what may be tried again after a time.
func refuseUntilf(retry time.Duration, format string, args ...any) error {
	in := max(1, seconds(retry))
	return &refusal{
		status: http.StatusTooManyRequests, code: codeRateLimited, retry: in,
		message: fmt.Sprintf(format, args...) + fmt.Sprintf(". Try again in %d s.", in),
	}
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// tell says in the headers what is left. They are those that most clients know, of the drafts before the eighth of
// https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/.
func (x *exchange) tell(header http.Header) {
	if c := x.charge; c != nil {
		header.Set("Ratelimit-Limit", strconv.Itoa(c.limit))
		header.Set("Ratelimit-Remaining", strconv.Itoa(c.Remaining))
		header.Set("Ratelimit-Reset", strconv.Itoa(seconds(c.ResetAfter)))
	}
}

// extend adds a member to the answer's extensions.
func (x *exchange) extend(name string, value any) {
	if x.answer.Extensions == nil {
		x.answer.Extensions = map[string]any{}
	}
	x.answer.Extensions[name] = value
}

// tellCost says in the answer what it cost and what is left: sockets have no headers.
func (x *exchange) tellCost() {
	if c := x.charge; c != nil && x.answer != nil && x.wanted == nil { // what may be kept has it in the headers alone
		x.extend("rateLimit", map[string]int{"cost": c.cost, "limit": c.limit, "remaining": c.Remaining, "reset": seconds(c.ResetAfter)})
	}
}
