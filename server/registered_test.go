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

// onlyRegistered refuses what is not registered.
func onlyRegistered(c *config) { c.OnlyRegistered = true }

// counting counts who asks for a budget.
type counting struct{ asked []string }

func (c *counting) Take(_ context.Context, b redis.Quota, _ int) redis.RateLimitResult {
	kind, _, _ := strings.Cut(b.Key, ":")
	c.asked = append(c.asked, kind)
	return redis.RateLimitResult{Allowed: true}
}

const registeredHello = "query Hello { hello }\n"

func TestWhatIsNotRegisteredIsForAdministratorsAlone(t *testing.T) {
	const document = "{ hello }"
	for by, send := range transports {
		node := serve(t, nil, onlyRegistered)
		node.register(t, operation{Client: "mobile", Name: "Hello", Document: registeredHello})

		for name, body := range map[string]string{
			"document": bodyOf(document, nil), "a hash": persisted("", sumOf(document)), "both": persisted(document, sumOf(document)),
			"nearly": bodyOf(strings.TrimSpace(registeredHello), nil), "nothing that can be read": bodyOf("{", nil),
		} {
			got := send(t, node, body)

			if len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "FORBIDDEN" ||
				!strings.Contains(got.Errors[0].Message, "registered document to the letter, or its hash") {
				t.Errorf("%s, %s: %+v", by, name, got)
			}
		}
		for name, body := range map[string]string{
			"document": bodyOf(registeredHello, nil), "a hash": persisted("", sumOf(registeredHello)),
			"both": persisted(registeredHello, sumOf(registeredHello)),
		} {
			if got := send(t, node, body); got.Data == nil || string(*got.Data) != `{"hello":"hello"}` {
				t.Errorf("%s, registered %s: %+v", by, name, got)
			}
		}
	}
	admin := newEdge(t, nil, onlyRegistered)
	admin.run(adminToken, legacy, document).want(t, 200, `{"data":{"hello":"hello"}}`)
	if code := admin.run(adminToken, legacy, "{ __schema { description } }").theError(t).Extensions.Code; code == "FORBIDDEN" {
		t.Error("GraphiQL needs the schema, which the tests' schema has no resolver for")
	}
}

// Who refreshes the session then is an administrator again, and is let in.
func TestWhoseTokenIsWrongIsToldThatRatherThanWhatIsRegistered(t *testing.T) {
	got := newEdge(t, nil, onlyRegistered).run(expiredToken, current, "{ hello }")

	if err := got.theError(t); got.status != 401 || err.Extensions.Code != "UNAUTHENTICATED" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestARegisteredOperationHasNoLimitsOfDocumentAndCost(t *testing.T) {
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

// Signing in is work that anybody may ask for: it stays bounded.
func TestARegisteredOperationIsFreeForWhoHasAToken(t *testing.T) {
	rates := &counting{}
	edge := newEdge(t, nil, func(c *config) {
		c.RateLimiter, c.Limits.ViewerRate, c.Limits.AddressRate = rates, 10, 10
	})
	edge.register(t, operation{Name: "Hello", Document: registeredHello})

	edge.run(associateToken, legacy, registeredHello).want(t, 200, `{"data":{"hello":"hello"}}`)
	edge.run("", legacy, registeredHello)
	edge.run(associateToken, legacy, "query Hello { hello }")

	if diff := cmp.Diff([]string{"address", "viewer"}, rates.asked); diff != "" {
		t.Error(diff)
	}
}

func TestARegisteredOperationIsFreeOverASocketToo(t *testing.T) {
	rates := &counting{}
	node := serve(t, nil, func(c *config) { c.RateLimiter, c.Limits.ViewerRate = rates, 10 })
	node.register(t, operation{Name: "Hello", Document: registeredHello})
	k := node.greeted(t)

	k.send(`{"id":"a","type":"subscribe","payload":` + persisted("", sumOf(registeredHello)) + `}`)
	k.receives(`{"id":"a","type":"next","payload":{"data":{"hello":"hello"}}}`, `{"id":"a","type":"complete"}`)

	if len(rates.asked) != 0 {
		t.Errorf("%v", rates.asked)
	}
}

func TestWhatIsRegisteredNeedsNoRedis(t *testing.T) {
	asked := &asking{}
	edge := newEdge(t, nil, func(c *config) { c.SharedDocuments = asked })
	edge.register(t, operation{Name: "Hello", Document: registeredHello})

	edge.do(request{body: persisted("", sumOf(registeredHello))}).want(t, 200, `{"data":{"hello":"hello"}}`)
	edge.do(request{body: persisted(registeredHello, sumOf(registeredHello))}).want(t, 200, `{"data":{"hello":"hello"}}`)

	if asked.times != 0 {
		t.Errorf("it was asked %d times", asked.times)
	}
}

// asking counts what is asked of Redis.
type asking struct{ times int }

func (a *asking) Find(context.Context, string) (string, bool)             { a.times++; return "", false }
func (a *asking) Put(context.Context, string, string, time.Duration) bool { a.times++; return true }
func (a *asking) Renew(context.Context, string, time.Duration) bool       { a.times++; return true }

func TestWhatDoesNotFitTheSchemaIsLeftOutWithItsNameAndReason(t *testing.T) {
	edge := newEdge(t, nil)

	errs := edge.gateway.Register([]operation{
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
	edge.run("", legacy, registeredHello).want(t, 200, `{"data":{"hello":"hello"}}`)
}

func TestWhatIsRegisteredIsReplacedWhileRequestsAreAnswered(t *testing.T) {
	edge := newEdge(t, nil, onlyRegistered)
	operation := func(i int) operation {
		return operation{Name: "Hello", Document: fmt.Sprintf("query Hello { hello } # %d", i)}
	}
	edge.register(t, operation(0))
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
				if got := edge.run("", legacy, operation(0).Document); got.status != 200 || !strings.Contains(got.body, `"hello":"hello"`) {
					t.Errorf("%d %s", got.status, got.body)
					return
				}
			}
		})
	}

	for i := range 100 {
		edge.register(t, operation(0), operation(i))
	}

	close(stop)
	readers.Wait()
	if got := edge.run("", legacy, operation(99).Document).payload(t); got.Data == nil {
		t.Errorf("the last: %+v", got)
	}
	if got := edge.run("", legacy, operation(50).Document).payload(t); got.Data != nil {
		t.Errorf("one that was replaced: %+v", got)
	}
}

func TestTheLogSaysWhetherAnOperationIsRegistered(t *testing.T) {
	edge := newEdge(t, nil)
	edge.register(t, operation{Name: "Hello", Document: registeredHello})

	edge.run(associateToken, legacy, registeredHello)

	if line := edge.log.line(t, "operation"); line["registered"] != true || line["operation"] != "Hello" {
		t.Errorf("%v", line)
	}
}

func TestNamesThatClientsMakeUpMakeNoSeries(t *testing.T) {
	edge := newEdge(t, nil)
	edge.register(t, operation{Name: "Hello", Document: registeredHello})
	series := func() int { return strings.Count(scrape(t, edge), "aisle_graphql_operation_duration_seconds_count{") }
	edge.run(associateToken, legacy, registeredHello)
	edge.run(associateToken, legacy, "query Hello { hello who }")
	before := series()

	for i := range 10_000 {
		edge.run(associateToken, legacy, fmt.Sprintf("query Made%d { hello }", i))
	}

	if after := series(); before != 2 || after > 3 { // and one of what was refused: so many new documents
		t.Errorf("%d series, then %d", before, after)
	}
}
