package server_test

import (
	"strings"
	"testing"
)

func TestANodeWithoutTheRoleEventsRejectsSubscriptions(t *testing.T) {
	r := serve(t, newTicks().fields(), func(c *config) { c.NoSubscriptions = true })

	r.stream(t, "subscription { ticks }").receives(
		`next {"errors":[{"message":"This node serves no subscriptions: subscribe at one with the role `+"`events`"+`.",`+
			`"extensions":{"code":"MISDIRECTED"}}]}`, "complete ")
	if got := <-r.post(t); got.status != 200 {
		t.Errorf("a query: %v", got)
	}
}

func TestANodeWithoutTheRoleAPIServesSubscriptionsOnly(t *testing.T) {
	r := serve(t, nil, func(c *config) { c.HTTP.OnlySubscriptions = true })

	got := <-r.post(t)

	if e := got.onlyError(t); got.status != 421 || e.Extensions.Code != "MISDIRECTED" || !strings.Contains(e.Message, "the role `api`") {
		t.Errorf("a query: %d %s", got.status, got.body)
	}
	r.stream(t, "{ hello }").receives(`next {"data":{"hello":"hello"}}`, "complete ")
}
