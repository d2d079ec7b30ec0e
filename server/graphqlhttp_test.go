package server_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"aisle/auth"
)

func TestAnOperationReturnsData(t *testing.T) {
	srv := newTestServer(t, nil)
	for _, media := range []string{legacy, current} {
		got := srv.run("", media, "{ hello }")

		got.want(t, 200, `{"data":{"hello":"hello"}}`)
		if want := media + "; charset=utf-8"; got.header.Get("Content-Type") != want {
			t.Errorf("Content-Type %q, want %q", got.header.Get("Content-Type"), want)
		}
	}
}

func TestTheStatusOfAnErrorDependsOnTheMediaType(t *testing.T) {
	broken := func(context.Context, map[string]any) (any, error) { return nil, errors.New("broken") }
	srv := newTestServer(t, resolvers{"required": broken})
	for name, c := range map[string]struct {
		token, document string
		legacy, current int
		data            bool
	}{
		"parsing":                {"", "{", 200, 400, false},
		"validation":             {"", "{ nothing }", 200, 400, false},
		"a variable":             {"", "query($n: String!) { hello(name: $n) }", 200, 400, false},
		"an unknown operation":   {"", "mutation A { signIn } mutation B { signIn }", 200, 400, false},
		"a subscription":         {"", "subscription { ticks }", 200, 400, false},
		"nobody":                 {"", "{ secret }", 401, 401, false},
		"the schema, forbidden":  {associateToken, "{ __schema { description } }", 200, 403, false},
		"null up to the root":    {adminToken, "{ required }", 200, 200, true},
		"an argument":            {"", "{ hello(even: 3) }", 200, 200, true},
		"too many tokens":        {"", "{" + strings.Repeat("a ", 10_000) + "}", 200, 400, false},
		"@defer":                 {"", "{ ... @defer { hello } }", 200, 400, false},
		"a query inside another": {"", "{ hello } { hello }", 200, 400, false},
	} {
		t.Run(name, func(t *testing.T) {
			for media, status := range map[string]int{legacy: c.legacy, current: c.current} {
				got := srv.run(c.token, media, c.document)

				if got.status != status {
					t.Errorf("%s: status %d, want %d: %s", media, got.status, status, got.body)
				}
				if has := strings.Contains(got.body, `"data":`); has != c.data {
					t.Errorf("%s: has data: %v, want %v: %s", media, has, c.data, got.body)
				}
			}
		})
	}
}

func TestMalformedRequestsAreRejected(t *testing.T) {
	srv := newTestServer(t, nil, func(c *config) { c.HTTP.Limits.Body = 100 })
	good := `{"query":"{ hello }"}`
	const (
		media = "The response is application/graphql-response+json, application/json or text/event-stream: accept one of them."
		json  = `Send the request as JSON in UTF-8, with the header "Content-Type: application/json".`
		batch = "Batches are not supported: send each operation in a request of its own."
	)
	header := func(name, value string) map[string]string { return map[string]string{name: value} }
	for name, c := range map[string]struct {
		request request
		status  int
		code    string
		message string
	}{
		"GET":           {request{method: "GET"}, 400, "BAD_REQUEST", `The request has no document: send it as the string "query".`},
		"PUT":           {request{method: "PUT", body: good}, 405, "METHOD_NOT_ALLOWED", "Send operations with POST, or queries with GET."},
		"another media": {request{header: header("Accept", "text/html"), body: good}, 406, "NOT_ACCEPTABLE", media},
		"a form":        {request{header: header("Content-Type", "text/plain"), body: good}, 415, "UNSUPPORTED_MEDIA_TYPE", json},
		"no type":       {request{header: header("Content-Type", ""), body: good}, 415, "UNSUPPORTED_MEDIA_TYPE", json},
		"a batch":       {request{body: "[" + good + "]"}, 400, "BAD_REQUEST", batch},
		"too large":     {request{body: good + strings.Repeat(" ", 100)}, 413, "LIMIT_EXCEEDED", "The body is larger than 100 bytes, the limit without an access token."},
	} {
		t.Run(name, func(t *testing.T) {
			got := srv.do(c.request)

			err := got.onlyError(t)
			if got.status != c.status || err.Extensions.Code != c.code || err.Message != c.message {
				t.Errorf("got %d %s", got.status, got.body)
			}
			if allow := got.header.Get("Allow"); (c.status == 405) != (allow == "GET, POST") {
				t.Errorf("Allow: %q", allow)
			}
			if got.payload(t).Data != nil {
				t.Errorf("data: %s", got.body)
			}
		})
	}
}

func TestABodyOfExactlyTheLimitIsAccepted(t *testing.T) {
	body := `{"query":"{ hello }"}`
	srv := newTestServer(t, nil, func(c *config) { c.HTTP.Limits.Body = int64(len(body)) })

	got := srv.do(request{body: body})

	got.want(t, 200, `{"data":{"hello":"hello"}}`)
}

func TestABodyMayBeLargerWithAToken(t *testing.T) {
	srv := newTestServer(t, nil, func(c *config) { c.HTTP.Limits.Body, c.HTTP.Limits.AnonymousBody = 100, 50 })
	for token, c := range map[string]struct {
		atLimit int
		status  int
		message string
	}{
		"":             {50, 413, "The body is larger than 50 bytes, the limit without an access token."},
		associateToken: {100, 413, "The body is larger than 100 bytes, the limit."},
		expiredToken:   {50, 401, auth.ErrInvalidToken.Error()},
	} {
		send := func(size int) reply {
			body := `{"query":"{ hello }"}`
			header := map[string]string{}
			if token != "" {
				header["Authorization"] = "Bearer " + token
			}
			return srv.do(request{header: header, body: body + strings.Repeat(" ", size-len(body))})
		}
		if got := send(c.atLimit); got.status != 200 {
			t.Errorf("%q: at the limit: %d %s", token, got.status, got.body)
		}
		if got := send(c.atLimit + 1); got.status != c.status || got.onlyError(t).Message != c.message {
			t.Errorf("%q: over the limit: %d %s", token, got.status, got.body)
		}
	}
}

func TestOperationNameSelectsTheOperation(t *testing.T) {
	srv := newTestServer(t, nil)

	got := srv.do(request{body: `{"query":"query A { hello } query B { who }","operationName":"B"}`})

	got.want(t, 200, `{"data":{"who":"who"}}`)
}

func TestPrepareSetsTheContextOfTheOperation(t *testing.T) {
	type key struct{}
	srv := newTestServer(t, resolvers{
		"who": func(ctx context.Context, _ map[string]any) (any, error) { return ctx.Value(key{}), nil },
	}, func(c *config) {
		c.Prepare = func(ctx context.Context, v auth.Viewer) (context.Context, error) {
			return context.WithValue(ctx, key{}, string(v.Role)), nil
		}
	})

	srv.run(associateToken, legacy, "{ who }").want(t, 200, `{"data":{"who":"ASSOCIATE"}}`)
}

func TestPrepareIsOnlyCalledForOperationsThatRun(t *testing.T) {
	calls := 0
	srv := newTestServer(t, nil, func(c *config) {
		c.Prepare = func(ctx context.Context, _ auth.Viewer) (context.Context, error) { calls++; return ctx, nil }
	})

	srv.run("", legacy, "{")
	srv.run("", legacy, "{ nothing }")
	srv.run("", legacy, "{ secret }")

	if calls != 0 {
		t.Errorf("%d calls", calls)
	}
}

func TestAnErrorOfPrepareIsAnInternalError(t *testing.T) {
	srv := newTestServer(t, nil, func(c *config) {
		c.Prepare = func(context.Context, auth.Viewer) (context.Context, error) { return nil, errors.New("no database") }
	})
	for _, media := range []string{legacy, current} {
		got := srv.run("", media, "{ hello }")

		if got.status != http.StatusInternalServerError || got.onlyError(t).Extensions.Code != "INTERNAL" {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
}

func TestResponsesCountStatementsInDev(t *testing.T) {
	srv := newTestServer(t, nil, func(c *config) { c.Dev = true })

	srv.run("", legacy, "{ hello }").
		want(t, 200, `{"data":{"hello":"hello"},"extensions":{"sql":{"milliseconds":0,"statements":0}}}`)
}

func TestResponsesToPOSTAreNotCacheable(t *testing.T) {
	got := newTestServer(t, nil).run("", legacy, "{ hello }")

	if got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control: %q", got.header.Get("Cache-Control"))
	}
}
