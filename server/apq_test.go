package server_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	sharedredis "aisle/store/redis"
)

func hashOf(document string) string {
	sum := sha256.Sum256([]byte(document))
	return hex.EncodeToString(sum[:])
}

// persisted returns the JSON of a request with a hash, and with the document if it is not empty.
func persisted(document, hash string) string {
	body := map[string]any{"extensions": map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}}
	if document != "" {
		body["query"] = document
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

// sharing makes a node share documents through Redis.
func sharing(t *testing.T, redis *miniredis.Miniredis) func(*config) {
	t.Helper()
	client, err := sharedredis.NewClient("redis://" + redis.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return func(c *config) {
		c.SharedDocuments = sharedredis.NewDocumentStore(client, sharedredis.NewBreaker(slog.New(slog.DiscardHandler)))
	}
}

// notFound reports whether a response is PersistedQueryNotFound, as Apollo clients expect it.
func notFound(p payload) bool {
	return p.Data == nil && len(p.Errors) == 1 && p.Errors[0].Message == "PersistedQueryNotFound" &&
		p.Errors[0].Extensions.Code == "PERSISTED_QUERY_NOT_FOUND"
}

func TestAHashRunsADocumentThatWasSentBeforeOverAnyTransport(t *testing.T) {
	for first, teach := range transports {
		node := serve(t, nil)
		document := "{ hello } # " + first
		for by, ask := range transports {
			if got := ask(t, node, persisted("", hashOf(document))); !notFound(got) {
				t.Errorf("%s, unknown: %+v", by, got)
			}
		}
		if got := teach(t, node, persisted(document, hashOf(document))); got.Data == nil || len(got.Errors) != 0 {
			t.Errorf("%s, with the document: %+v", first, got)
		}
		for by, ask := range transports {
			if got := ask(t, node, persisted("", hashOf(document))); got.Data == nil || string(*got.Data) != `{"hello":"hello"}` {
				t.Errorf("%s, known by %s: %+v", by, first, got)
			}
		}
	}
}

// Apollo iOS accepts both media types, and does not read a response without a 2xx status.
func TestAnUnknownHashGets200(t *testing.T) {
	srv := newTestServer(t, nil)
	for _, media := range []string{legacy, current} {
		got := srv.do(request{header: map[string]string{"Accept": media}, body: persisted("", hashOf("{ hello }"))})

		got.want(t, 200, `{"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}`)
		if got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("a proxy may cache it: %v", got.header)
		}
	}
}

func TestMalformedPersistedQueriesAreRejected(t *testing.T) {
	const (
		shape = `"persistedQuery" must be {"version": 1, "sha256Hash": "..."}.`
		digit = `"sha256Hash" must be the SHA-256 of the document, in 64 hexadecimal digits.`
		other = `"sha256Hash" is not the SHA-256 of this document.`
	)
	srv := newTestServer(t, nil)
	for extension, want := range map[string]string{
		`{"version":2,"sha256Hash":"` + hashOf("{ hello }") + `"}`: shape,
		`{"version":"1"}`:                  shape,
		`{}`:                               shape,
		`[]`:                               shape,
		`"x"`:                              shape,
		`{"version":1}`:                    digit,
		`{"version":1,"sha256Hash":"abc"}`: digit,
		`{"version":1,"sha256Hash":"` + strings.Repeat("x", 64) + `"}`: digit,
		`{"version":1,"sha256Hash":5}`:                                 digit,
		`{"version":1,"sha256Hash":"` + hashOf("{ who }") + `"}`:       other,
	} {
		got := srv.do(request{
			header: map[string]string{"Accept": current},
			body:   `{"query":"{ hello }","extensions":{"persistedQuery":` + extension + `}}`,
		})

		if err := got.onlyError(t); got.status != 400 || err.Extensions.Code != "BAD_REQUEST" || err.Message != want {
			t.Errorf("%s: %d %s", extension, got.status, got.body)
		}
	}
	if got := srv.do(request{body: persisted("", hashOf("{ who }"))}).payload(t); !notFound(got) {
		t.Errorf("a document was stored under the hash of another: %+v", got)
	}
}

func TestAnInvalidDocumentIsNotShared(t *testing.T) {
	redis := miniredis.RunT(t)
	srv := newTestServer(t, nil, sharing(t, redis))
	for _, document := range []string{
		"{", "{ nothing }", "{ " + strings.Repeat("hello ", 60) + "}", "# " + strings.Repeat("x", 70_000) + "\n{ hello }",
	} {
		if got := srv.do(request{body: persisted(document, hashOf(document))}); got.payload(t).Data != nil {
			t.Errorf("the operation ran: %s", got.body)
		}

		if got := srv.do(request{body: persisted("", hashOf(document))}).payload(t); !notFound(got) {
			t.Errorf("%.20s: %+v", document, got)
		}
	}
	if keys := redis.Keys(); len(keys) != 0 {
		t.Errorf("stored: %v", keys)
	}
}

func TestNodesShareDocuments(t *testing.T) {
	redis := miniredis.RunT(t)
	one, other := newTestServer(t, nil, sharing(t, redis)), newTestServer(t, nil, sharing(t, redis))
	hash := hashOf("{ hello }")

	one.do(request{body: persisted("{ hello }", hash)})
	got := other.do(request{body: persisted("", hash)})
	redis.FlushAll()
	again := other.do(request{body: persisted("", hash)})

	got.want(t, 200, `{"data":{"hello":"hello"}}`)
	again.want(t, 200, `{"data":{"hello":"hello"}}`)
}

// Documents expire a week after the last use, and those of anonymous viewers after an hour, so that these cannot fill Redis.
func TestASharedDocumentLastsAWeekFromItsLastUse(t *testing.T) {
	redis := miniredis.RunT(t)
	now := time.Now()
	clock := func(c *config) { c.Now = func() time.Time { return now } }
	srv := newTestServer(t, nil, sharing(t, redis), clock)
	hash := hashOf("{ hello }")
	use := func(token, document string) time.Duration {
		r := request{body: persisted(document, hash)}
		if token != "" {
			r.header = map[string]string{"Authorization": "Bearer " + token}
		}
		srv.do(r).want(t, 200, `{"data":{"hello":"hello"}}`)
		return redis.TTL("aisle:apq:" + hash)
	}
	pass := func(d time.Duration) { now = now.Add(d); redis.FastForward(d) }
	const hour, day = time.Hour, 24 * time.Hour

	anonymous := use("", "{ hello }")
	known := use(associateToken, "")
	pass(day)
	soon := use(associateToken, "")
	pass(3 * day)
	later := use(associateToken, "")
	nobody := use("", "{ hello }")

	if got := [5]time.Duration{anonymous, known, soon, later, nobody}; got != [5]time.Duration{hour, 7 * day, 6 * day, 7 * day, 7 * day} {
		t.Errorf("stored for %v", got)
	}
}

func TestASharedTextWithAnotherHashDoesNotRun(t *testing.T) {
	redis := miniredis.RunT(t)
	srv := newTestServer(t, nil, sharing(t, redis))
	if err := redis.Set("aisle:apq:"+hashOf("{ hello }"), "{ who }"); err != nil {
		t.Fatal(err)
	}

	got := srv.do(request{body: persisted("", hashOf("{ hello }"))}).payload(t)

	if !notFound(got) {
		t.Errorf("%+v", got)
	}
}

func TestWithoutRedisClientsSendTheDocument(t *testing.T) {
	redis := miniredis.RunT(t)
	srv := newTestServer(t, nil, sharing(t, redis))
	redis.Close()

	unknown := srv.do(request{body: persisted("", hashOf("{ hello }"))}).payload(t)
	sent := srv.do(request{body: persisted("{ hello }", hashOf("{ hello }"))})
	known := srv.do(request{body: persisted("", hashOf("{ hello }"))})

	if !notFound(unknown) {
		t.Errorf("%+v", unknown)
	}
	sent.want(t, 200, `{"data":{"hello":"hello"}}`)
	known.want(t, 200, `{"data":{"hello":"hello"}}`)
}

func TestTryingHashesIsRateLimited(t *testing.T) {
	srv := newTestServer(t, nil, func(c *config) {
		now := time.Now()
		c.Now = func() time.Time { return now }
		c.Limits.NewDocumentRate = 10 // 100 at once: three hashes of 32
	})
	var got reply
	for range 4 {
		got = srv.do(request{body: persisted("", hashOf("{ hello }"))})
	}

	if got.status != 429 || got.onlyError(t).Extensions.Code != "RATE_LIMITED" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestGETRunsAQueryWithItsParameters(t *testing.T) {
	srv := newTestServer(t, resolvers{"hello": func(_ context.Context, args map[string]any) (any, error) { return args["name"], nil }})
	body := `{"query":"query A($n: String) { hello(name: $n) } query B { who }","operationName":"A","variables":{"n":"Åsa & Bo"}}`

	got := srv.do(request{method: "GET", path: address(t, body), header: map[string]string{"Content-Type": ""}})

	got.want(t, 200, `{"data":{"hello":"Åsa & Bo"}}`)
}

func TestGETRunsQueriesOnly(t *testing.T) {
	node := serve(t, newTicks().fields())
	for document, kind := range map[string]string{"mutation { signIn }": "mutation", "subscription { ticks }": "subscription"} {
		transports["POST"](t, node, persisted(document, hashOf(document))) // the hash is known
		for _, body := range []string{bodyOf(document, nil), persisted("", hashOf(document))} {
			got := node.sendAs(t, associateToken, http.MethodGet, address(t, body), "")

			if err := got.onlyError(t); got.status != 405 || got.header.Get("Allow") != "POST" ||
				err.Extensions.Code != "METHOD_NOT_ALLOWED" || err.Message != "GET runs queries only: send a "+kind+" with POST." {
				t.Errorf("%d %v %s", got.status, got.header, got.body)
			}
		}
	}
}

func TestGETChecksTheSelectedOperation(t *testing.T) {
	srv := newTestServer(t, nil)
	document := "query A { hello } mutation B { signIn }"
	for name, status := range map[string]int{"A": 200, "B": 405} {
		path := address(t, `{"query":"`+document+`","operationName":"`+name+`"}`)

		if got := srv.do(request{method: "GET", path: path}); got.status != status {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

func TestAResponseToGETIsPrivate(t *testing.T) {
	node := serve(t, nil, withListedOrigin)
	ask := func(document string) http.Header {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, node.api+address(t, bodyOf(document, nil)), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Origin", "https://admin.example")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		return replyOf(response).header
	}

	good, bad := ask("{ hello }"), ask("{ nothing }")

	for name, header := range map[string]http.Header{"good": good, "bad": bad} {
		vary := strings.Join(header.Values("Vary"), ", ")
		for _, one := range []string{"Authorization", "Accept", "Accept-Encoding", "Origin"} {
			if n := strings.Count(", "+vary+",", ", "+one+","); n != 1 {
				t.Errorf("%s: Vary has %s %d times: %s", name, one, n, vary)
			}
		}
	}
	if got := [2]string{good.Get("Cache-Control"), bad.Get("Cache-Control")}; got != [2]string{"private, no-cache", "no-store"} {
		t.Errorf("Cache-Control: %q", got)
	}
}
