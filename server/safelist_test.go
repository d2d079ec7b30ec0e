package server_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aisle/store/redis"
)

// onlyRegistered rejects unregistered operations.
func onlyRegistered(c *config) { c.OnlyRegistered = true }

// A countingLimiter records the kinds of quotas that are charged.
type countingLimiter struct{ quotas []string }

func (c *countingLimiter) Take(_ context.Context, b redis.Quota, _ int) redis.RateLimitResult {
	kind, _, _ := strings.Cut(b.Key, ":")
	c.quotas = append(c.quotas, kind)
	return redis.RateLimitResult{Allowed: true}
}

const registeredHello = "query Hello { hello }\n"

func TestOnlyAdministratorsRunUnregisteredOperations(t *testing.T) {
	const document = "{ hello }"
	for by, send := range transports {
		node := serve(t, nil, onlyRegistered)
		node.register(t, operation{Client: "mobile", Name: "Hello", Document: registeredHello})

		for name, body := range map[string]string{
			"document": bodyOf(document, nil), "a hash": persisted("", hashOf(document)), "both": persisted(document, hashOf(document)),
			"nearly": bodyOf(strings.TrimSpace(registeredHello), nil), "nothing that can be read": bodyOf("{", nil),
		} {
			got := send(t, node, body)

			if len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "FORBIDDEN" ||
				!strings.Contains(got.Errors[0].Message, "registered document byte for byte, or its hash") {
				t.Errorf("%s, %s: %+v", by, name, got)
			}
		}
		for name, body := range map[string]string{
			"document": bodyOf(registeredHello, nil), "a hash": persisted("", hashOf(registeredHello)),
			"both": persisted(registeredHello, hashOf(registeredHello)),
		} {
			if got := send(t, node, body); got.Data == nil || string(*got.Data) != `{"hello":"hello"}` {
				t.Errorf("%s, registered %s: %+v", by, name, got)
			}
		}
	}
	admin := newTestServer(t, nil, onlyRegistered)
	admin.run(adminToken, legacy, document).want(t, 200, `{"data":{"hello":"hello"}}`)
	if code := admin.run(adminToken, legacy, "{ __schema { description } }").onlyError(t).Extensions.Code; code == "FORBIDDEN" {
		t.Error("an administrator cannot read the schema")
	}
}

// The client refreshes the session and is an administrator again.
func TestAnInvalidTokenIsReportedBeforeTheSafelist(t *testing.T) {
	got := newTestServer(t, nil, onlyRegistered).run(expiredToken, current, "{ hello }")

	if err := got.onlyError(t); got.status != 401 || err.Extensions.Code != "UNAUTHENTICATED" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestARegisteredOperationHasNoQueryLimits(t *testing.T) {
	document := "query Large { " + aliased(60) + " items(first: 100) { edges { node { name } } } } # " + strings.Repeat("x", 100)
	for by, send := range transports {
		node := serve(t, nil, func(c *config) {
			l := &c.Limits
			l.Document, l.Tokens, l.RootFields, l.Fields, l.Aliases, l.Complexity, l.NewDocumentRate = 100, 20, 5, 20, 10, 50, 1
		})
		if got := send(t, node, bodyOf(document, nil)); len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "LIMIT_EXCEEDED" {
			t.Errorf("%s, not registered: %+v", by, got)
		}

		node.register(t, operation{Name: "Large", Document: document})

		if got := send(t, node, bodyOf(document, nil)); len(got.Errors) != 0 {
			t.Errorf("%s, registered: %+v", by, got)
		}
	}
}

// Anonymous viewers can sign in, so the rate limit of addresses applies.
func TestARegisteredOperationIsFreeWithAToken(t *testing.T) {
	rates := &countingLimiter{}
	srv := newTestServer(t, nil, func(c *config) {
		c.RateLimiter, c.Limits.ViewerRate, c.Limits.AddressRate = rates, 10, 10
	})
	srv.register(t, operation{Name: "Hello", Document: registeredHello})

	srv.run(associateToken, legacy, registeredHello).want(t, 200, `{"data":{"hello":"hello"}}`)
	srv.run("", legacy, registeredHello)
	srv.run(associateToken, legacy, "query Hello { hello }")

	if diff := cmp.Diff([]string{"address", "viewer"}, rates.quotas); diff != "" {
		t.Error(diff)
	}
}

func TestARegisteredOperationIsFreeOverASocket(t *testing.T) {
	rates := &countingLimiter{}
	node := serve(t, nil, func(c *config) { c.RateLimiter, c.Limits.ViewerRate = rates, 10 })
	node.register(t, operation{Name: "Hello", Document: registeredHello})
	k := node.initialized(t)

	k.send(`{"id":"a","type":"subscribe","payload":` + persisted("", hashOf(registeredHello)) + `}`)
	k.receives(`{"id":"a","type":"next","payload":{"data":{"hello":"hello"}}}`, `{"id":"a","type":"complete"}`)

	if len(rates.quotas) != 0 {
		t.Errorf("%v", rates.quotas)
	}
}

func TestRegisteredOperationsNeedNoRedis(t *testing.T) {
	asked := &asking{}
	srv := newTestServer(t, nil, func(c *config) { c.SharedDocuments = asked })
	srv.register(t, operation{Name: "Hello", Document: registeredHello})

	srv.do(request{body: persisted("", hashOf(registeredHello))}).want(t, 200, `{"data":{"hello":"hello"}}`)
	srv.do(request{body: persisted(registeredHello, hashOf(registeredHello))}).want(t, 200, `{"data":{"hello":"hello"}}`)

	if asked.times != 0 {
		t.Errorf("Redis was used %d times", asked.times)
	}
}

// asking counts calls of the shared store.
type asking struct{ times int }

func (a *asking) Find(context.Context, string) (string, bool)             { a.times++; return "", false }
func (a *asking) Put(context.Context, string, string, time.Duration) bool { a.times++; return true }
func (a *asking) Renew(context.Context, string, time.Duration) bool       { a.times++; return true }

func TestInvalidOperationsAreNotRegistered(t *testing.T) {
	srv := newTestServer(t, nil)

	errs := srv.gateway.Register([]operation{
		{Client: "mobile", Name: "Gone", Document: "query Gone {\n  hello\n  gone\n}"},
		{Client: "mobile", Name: "Hello", Document: registeredHello},
		{Client: "admin", Name: "Broken", Document: "query Broken {\n\n"},
		{Client: "admin", Name: "Two", Document: "query Two { hello } query Other { hello }"},
		{Client: "admin", Name: "Another", Document: registeredHello},
		{Client: "admin", Name: "Bytes", Document: "query Bytes { hello } # \xff"},
	})

	var got []string
	for _, err := range errs {
		got = append(got, err.Error())
	}
	want := []string{
		`mobile/Gone:3: Cannot query field "gone" on type "Query".`,
		`admin/Broken:3: Expected Name, found <EOF>`,
		`admin/Two: the file must hold one operation, named Two; it holds Two, Other`,
		`admin/Another: the file must hold one operation, named Another; it holds Hello`,
		`admin/Bytes: the file must be text in UTF-8 without NUL bytes`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	srv.run("", legacy, registeredHello).want(t, 200, `{"data":{"hello":"hello"}}`)
}

func TestRegisterReplacesOperationsDuringRequests(t *testing.T) {
	srv := newTestServer(t, nil, onlyRegistered)
	operation := func(i int) operation {
		return operation{Name: "Hello", Document: fmt.Sprintf("query Hello { hello } # %d", i)}
	}
	srv.register(t, operation(0))
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got := srv.run("", legacy, operation(0).Document); got.status != 200 || !strings.Contains(got.body, `"hello":"hello"`) {
					t.Errorf("%d %s", got.status, got.body)
					return
				}
			}
		})
	}

	for i := range 100 {
		srv.register(t, operation(0), operation(i))
	}

	close(stop)
	readers.Wait()
	if got := srv.run("", legacy, operation(99).Document).payload(t); got.Data == nil {
		t.Errorf("the last version: %+v", got)
	}
	if got := srv.run("", legacy, operation(50).Document).payload(t); got.Data != nil {
		t.Errorf("a replaced version: %+v", got)
	}
}

func TestTheLogTellsWhetherAnOperationIsRegistered(t *testing.T) {
	srv := newTestServer(t, nil)
	srv.register(t, operation{Name: "Hello", Document: registeredHello})

	srv.run(associateToken, legacy, registeredHello)

	if line := srv.log.line(t, "operation"); line["registered"] != true || line["operation"] != "Hello" {
		t.Errorf("%v", line)
	}
}

func TestUnknownClientNamesAreNoLabels(t *testing.T) {
	srv := newTestServer(t, nil)
	srv.register(t, operation{Name: "Hello", Document: registeredHello})
	series := func() int { return strings.Count(scrape(t, srv), "aisle_graphql_operation_duration_seconds_count{") }
	srv.run(associateToken, legacy, registeredHello)
	srv.run(associateToken, legacy, "query Hello { hello who }")
	before := series()

	for i := range 10_000 {
		srv.run(associateToken, legacy, fmt.Sprintf("query Made%d { hello }", i))
	}

	if after := series(); before != 2 || after > 3 { // one for rejected new documents
		t.Errorf("%d series, then %d", before, after)
	}
}
