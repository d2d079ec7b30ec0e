package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"aisle/store/redis"
)

// withRateLimits sets a burst of 60 for viewers and addresses. The clock does not advance.
func withRateLimits(c *config) {
	now := time.Now()
	c.RateLimiter = redis.NewLocalRateLimiter(func() time.Time { return now })
	c.Limits.ViewerRate, c.Limits.AddressRate = 6, 6
}

// all costs more than the quota and uses all of it.
const all = "{ items(first: 100) { total } }"

func TestASpentQuotaRejectsOperationsForATime(t *testing.T) {
	srv := newTestServer(t, nil, withRateLimits)
	for _, media := range []string{legacy, current} {
		token := map[string]string{legacy: associateToken, current: adminToken}[media]
		most := srv.run(token, media, all)
		more := srv.run(token, media, "{ hello }")

		most.want(t, 200, `{"data":{"items":null},"extensions":{"rateLimit":{"cost":107,"limit":60,"remaining":0,"reset":10}}}`)
		more.want(t, 429, `{"errors":[{"message":"This costs 4, and 0 are left of the 60 that you may spend at once. Try again in 1 s.",`+
			`"extensions":{"code":"RATE_LIMITED","retryAfter":1}}],"extensions":{"rateLimit":{"cost":4,"limit":60,"remaining":0,"reset":10}}}`)
		if retry := more.header.Get("Retry-After"); retry != "1" {
			t.Errorf("Retry-After: %q", retry)
		}
	}
}

func TestHeadersTellWhatTheQuotaHasLeft(t *testing.T) {
	srv := newTestServer(t, nil, withRateLimits)

	got := srv.run(associateToken, legacy, "{ items(first: 19) { total } }").header

	headers := [4]string{got.Get("Ratelimit-Limit"), got.Get("Ratelimit-Remaining"), got.Get("Ratelimit-Reset"), got.Get("Retry-After")}
	if headers != [4]string{"60", "35", "5", ""} {
		t.Errorf("limit, remaining, reset, retry: %q", headers)
	}
}

func TestTheRateLimitCoversAllTransports(t *testing.T) {
	for by, send := range transports {
		t.Run(by, func(t *testing.T) {
			node := serve(t, nil, withRateLimits)
			if errs := send(t, node, bodyOf(all, nil)).Errors; len(errs) != 0 {
				t.Errorf("at the limit: %+v", errs)
			}
			for over, send := range transports {
				errs := send(t, node, bodyOf("{ hello }", nil)).Errors
				if len(errs) != 1 || errs[0].Extensions.Code != "RATE_LIMITED" {
					t.Errorf("over the limit, by %s: %+v", over, errs)
				}
			}
		})
	}
}

// Events cost nothing. A subscription is charged when it starts.
func TestEventsAreNotCharged(t *testing.T) {
	ticks := newTicks()
	node := serve(t, ticks.fields(), withRateLimits)
	k := node.initialized(t)
	k.subscribe("a", "subscription { ticks }")
	ticks.waitForSubscribers(t, 1)

	for range 100 {
		ticks.publish("one")
		k.receives(`{"id":"a","type":"next","payload":{"data":{"ticks":"one"}}}`)
	}
}

func TestQuotasOfViewersAreIndependent(t *testing.T) {
	srv := newTestServer(t, nil, withRateLimits)
	srv.run(associateToken, legacy, all)
	srv.run("", legacy, all)

	if got := srv.run(adminToken, legacy, all); got.status != 200 {
		t.Errorf("another viewer: %d %s", got.status, got.body)
	}
	if got := srv.do(request{from: "198.51.100.7:1", body: `{"query":"` + all + `"}`}); got.status != 200 {
		t.Errorf("another address: %d %s", got.status, got.body)
	}
	if got := srv.run("", legacy, "{ hello }"); got.status != 429 {
		t.Errorf("the same address: %d %s", got.status, got.body)
	}
}

func TestOnlyNewDocumentsAreRateLimited(t *testing.T) {
	srv := newTestServer(t, nil, func(c *config) {
		now := time.Now()
		c.Now = func() time.Time { return now }
		c.Limits.NewDocumentRate = 10
	})
	const known = "{ hello   }"
	srv.run(associateToken, legacy, known)

	first := srv.run("", legacy, "{"+strings.Repeat(" ", 98)+"}")
	second := srv.run("", legacy, "{ }")
	again := srv.run("", legacy, known)
	other := srv.run(associateToken, legacy, "{ who }")

	if first.status == 429 || again.status != 200 || other.status != 200 {
		t.Errorf("got %d, %d, %d", first.status, again.status, other.status)
	}
	if err := second.onlyError(t); second.status != 429 || err.Extensions.Code != "RATE_LIMITED" || err.Message !=
		"You have sent new documents of 100 bytes, the limit at once. Use variables: parsing new documents is rate limited. Try again in 1 s." {
		t.Errorf("%d %s", second.status, second.body)
	}
	if retry := second.header.Get("Retry-After"); retry != "1" {
		t.Errorf("Retry-After: %q", retry)
	}
}

// The size of a request is charged once, before it is decoded, because decoding is most of the work.
func TestALargeRequestIsChargedBeforeItIsDecoded(t *testing.T) {
	for token, size := range map[string]int{associateToken: 100_000, "": 50_000} {
		srv := newTestServer(t, nil, withRateLimits, func(c *config) { c.Limits.ViewerRate, c.Limits.AddressRate = size/100, size/100 })
		send := func(body string) reply {
			r := request{body: body}
			if token != "" {
				r.header = map[string]string{"Authorization": "Bearer " + token}
			}
			return srv.do(r)
		}

		first := send(`{"query":"{ __typename }"` + strings.Repeat(" ", size-100))
		second := send(`{` + strings.Repeat(" ", size))

		if first.status != 400 || second.status != 429 {
			t.Errorf("%q: got %d %s, %d %s", token, first.status, first.body, second.status, second.body)
		}
	}
}

func TestAChunkedRequestIsChargedByItsSize(t *testing.T) {
	node := serve(t, nil, withRateLimits)
	body := struct{ io.Reader }{strings.NewReader(`{"query":"{ __typename }"}`)} // without Content-Length
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, node.api+"/graphql", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+associateToken)

	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}

	replyOf(response).want(t, 200,
		`{"data":{"__typename":"Query"},"extensions":{"rateLimit":{"cost":3,"limit":60,"remaining":57,"reset":1}}}`)
}

// A subscription that is completed at once ends before it is charged.
func TestAnOperationThatIsCompletedAtOnceIsCharged(t *testing.T) {
	k := serve(t, newTicks().fields(), withRateLimits).initialized(t)
	for range 30 {
		k.subscribe("a", "subscription { ticks }")
		k.send(`{"id":"a","type":"complete"}`)
	}

	_, got, err := k.ReadMessage()

	if err != nil || !strings.Contains(string(got), `"RATE_LIMITED"`) {
		t.Errorf("got %s, %v", got, err)
	}
}
