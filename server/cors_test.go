package server_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// withListedOrigin allows one origin.
func withListedOrigin(c *config) { c.HTTP.AllowedOrigins = []string{"https://admin.example"} }

func TestPagesOfListedAndOwnOriginsAreAllowed(t *testing.T) {
	srv := newTestServer(t, nil, withListedOrigin)
	for origin, want := range map[string]struct {
		status  int
		allowed string
	}{
		"http://example.com":         {200, ""}, // the host that the tests ask
		"https://example.com":        {200, ""}, // a proxy took off the TLS
		"https://admin.example":      {200, "https://admin.example"},
		"https://ADMIN.example":      {200, "https://ADMIN.example"},
		"http://admin.example":       {403, ""},
		"https://admin.example:8443": {403, ""},
		"https://x.admin.example":    {403, ""},
		"https://evil.example":       {403, ""},
		"null":                       {403, ""},
		"example.com":                {403, ""},
	} {
		got := srv.do(request{header: map[string]string{"Origin": origin}, body: `{"query":"{ hello }"}`})

		if got.status != want.status || got.header.Get("Access-Control-Allow-Origin") != want.allowed {
			t.Errorf("%s: %d, allowed %q", origin, got.status, got.header.Get("Access-Control-Allow-Origin"))
		}
		if got.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s may send cookies", origin)
		}
	}
}

// A GET needs no preflight, and browsers send no Origin with some, such as those of images.
func TestPagesOfOtherSitesCannotUseGET(t *testing.T) {
	srv := newTestServer(t, nil, withListedOrigin)
	for site, c := range map[string]struct {
		origin string
		status int
	}{
		"cross-site": {"", 403}, "same-site": {"", 403}, "same-origin": {"", 200}, "none": {"", 200}, "": {"", 200},
		"cross-site, listed": {"https://admin.example", 200}, "cross-site, not listed": {"https://evil.example", 403},
	} {
		mode, _, _ := strings.Cut(site, ",")
		header := map[string]string{"Sec-Fetch-Site": mode, "Origin": c.origin}

		got := srv.do(request{method: "GET", path: "/graphql?query=%7Bhello%7D", header: header})

		if got.status != c.status {
			t.Errorf("%q: %d %s", site, got.status, got.body)
		}
	}
}

func TestPreflightAllowsListedOrigins(t *testing.T) {
	srv := newTestServer(t, nil, withListedOrigin)
	// Browsers send the names in lower case and sorted.
	const headers = "apollographql-client-name,apollographql-client-version,authorization,content-type,if-none-match,x-request-id"
	preflight := func(origin, method, headers string) reply {
		return srv.do(request{method: "OPTIONS", header: map[string]string{
			"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers,
		}})
	}

	for _, method := range []string{"GET", "POST"} {
		got := preflight("https://admin.example", method, headers)

		allowed := [4]string{
			got.header.Get("Access-Control-Allow-Origin"), got.header.Get("Access-Control-Allow-Methods"),
			got.header.Get("Access-Control-Allow-Headers"), got.header.Get("Access-Control-Max-Age"),
		}
		if diff := cmp.Diff([4]string{"https://admin.example", method, headers, "7200"}, allowed); got.status != 204 || diff != "" {
			t.Errorf("%s: %d %s", method, got.status, diff)
		}
	}
	for name, got := range map[string]reply{
		"another site":   preflight("https://evil.example", "POST", headers),
		"another method": preflight("https://admin.example", "DELETE", headers),
		"another header": preflight("https://admin.example", "POST", "cookie"),
	} {
		for header := range got.header {
			if strings.HasPrefix(header, "Access-Control-") {
				t.Errorf("%s gets the header %s", name, header)
			}
		}
	}
	if evil := preflight("https://evil.example", "POST", headers); evil.status != 403 {
		t.Errorf("another site gets %d", evil.status)
	}
}

func TestResponsesToListedOriginsVaryByOrigin(t *testing.T) {
	got := newTestServer(t, nil, withListedOrigin).do(request{header: map[string]string{"Origin": "https://admin.example"}, body: `{"query":"{ hello }"}`})

	if vary := strings.Join(got.header.Values("Vary"), ","); !strings.Contains(vary, "Origin") {
		t.Errorf("Vary: %q", vary)
	}
	const exposed = "Etag, Ratelimit-Limit, Ratelimit-Remaining, Ratelimit-Reset, Retry-After, Www-Authenticate, X-Request-Id"
	if got := got.header.Get("Access-Control-Expose-Headers"); got != exposed {
		t.Errorf("pages may read %q", got)
	}
}

func TestPagesOfListedOriginsCanOpenSockets(t *testing.T) {
	node := serve(t, nil, withListedOrigin)
	for origin, want := range map[string]int{
		"https://admin.example": http.StatusSwitchingProtocols, node.api: http.StatusSwitchingProtocols,
		"http://admin.example": http.StatusForbidden, "https://evil.example": http.StatusForbidden, "null": http.StatusForbidden,
	} {
		if status, _ := node.tryUpgrade(t, "Origin", origin); status != want {
			t.Errorf("a page of %s got %d, want %d", origin, status, want)
		}
	}
}

// Content types of forms need no preflight and must not run mutations. 99designs/gqlgen#3248 was about multipart.
func TestContentTypesOfFormsAreRejected(t *testing.T) {
	bodyOfRun := false
	srv := newTestServer(t, resolvers{"signIn": func(context.Context, map[string]any) (any, error) { bodyOfRun = true; return "", nil }})
	const mutation = `{"query":"mutation { signIn }"}`
	for media, body := range map[string]string{
		"text/plain":                               mutation,
		"text/plain; charset=application/json":     mutation,
		"application/x-www-form-urlencoded":        "query=mutation+%7B+signIn+%7D",
		"multipart/form-data; boundary=x":          "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n" + mutation + "\r\n--x--\r\n",
		"multipart/form-data":                      mutation,
		"text/plain, application/json":             mutation,
		"application/graphql":                      "mutation { signIn }",
		"":                                         mutation,
		"application/json; charset=iso-8859-1":     mutation,
		"application/json-seq":                     mutation,
		"application/x-www-form-urlencoded, ; a=b": mutation,
	} {
		got := srv.do(request{header: map[string]string{"Content-Type": media}, body: body})

		if got.status != 415 {
			t.Errorf("%q: %d %s", media, got.status, got.body)
		}
	}
	if bodyOfRun {
		t.Error("a form ran a mutation")
	}
}

func TestOtherMethodsRunNoMutation(t *testing.T) {
	bodyOfRun := false
	srv := newTestServer(t, resolvers{"signIn": func(context.Context, map[string]any) (any, error) { bodyOfRun = true; return "", nil }})
	for method, allow := range map[string]string{
		"GET": "POST", "HEAD": "GET, POST", "PUT": "GET, POST", "PATCH": "GET, POST", "DELETE": "GET, POST", "OPTIONS": "GET, POST",
	} {
		got := srv.do(request{method: method, path: "/graphql?query=mutation%7BsignIn%7D", body: `{"query":"mutation { signIn }"}`})

		if got.status != 405 || got.header.Get("Allow") != allow {
			t.Errorf("%s: %d %s, allowed %q", method, got.status, got.body, got.header.Get("Allow"))
		}
	}
	if bodyOfRun {
		t.Error("a mutation ran")
	}
}

func TestCookiesAreNeitherReadNorSet(t *testing.T) {
	srv := newTestServer(t, nil)
	got := srv.do(request{
		header: map[string]string{"Cookie": "Authorization=Bearer " + adminToken + "; token=" + adminToken, "Accept": current},
		body:   `{"query":"{ secret }"}`,
	})

	if got.status != 401 || got.header.Get("Set-Cookie") != "" {
		t.Errorf("%d, %v", got.status, got.header)
	}
}

// secretWord is a value that a client sent in a wrong place by mistake.
const secretWord = "hunter2-hunter2"

func TestErrorsDoNotQuoteValues(t *testing.T) {
	srv := newTestServer(t, nil)
	quoted := `\"` + secretWord + `\"`
	for name, body := range map[string]string{
		"no JSON":                    `{"query": ` + secretWord + `}`,
		"a text":                     `"` + secretWord + `"`,
		"a form":                     "query=" + secretWord,
		"base64":                     base64.StdEncoding.EncodeToString([]byte(secretWord)),
		"variables":                  `{"query":"{ hello }","variables":"` + secretWord + `"}`,
		"a document that is none":    `{"query":"` + quoted + `"}`,
		"a value in a wrong place":   `{"query":"{ ` + quoted + ` }"}`,
		"a block in a wrong place":   `{"query":"{ \"\"` + quoted + `\"\" }"}`,
		"a value of a wrong type":    `{"query":"{ hello(times: ` + quoted + `) }"}`,
		"an object of a wrong type":  `{"query":"{ hello(name: {password: ` + quoted + `}) }"}`,
		"a value of a list":          `{"query":"{ these(ids: [{a: ` + quoted + `}]) { name } }"}`,
		"a value of an input":        `{"query":"{ hello(greeting: {name: [` + quoted + `]}) }"}`,
		"a variable of a wrong type": `{"query":"query($n: Int) { hello(times: $n) }","variables":{"n":"` + secretWord + `"}}`,
		"a variable's object":        `{"query":"query($g: Greeting) { hello(greeting: $g) }","variables":{"g":{"name":{"x":"` + secretWord + `"}}}}`,
		"a default":                  `{"query":"query($n: Int = ` + quoted + `) { hello(times: $n) }"}`,
	} {
		got := srv.do(request{header: map[string]string{"Accept": current}, body: body})

		if got.status < 400 || strings.Contains(got.body, "hunter2") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if log := srv.log.String(); strings.Contains(log, "hunter2") {
		t.Error(log)
	}
}

func TestLongNamesInErrorsAreTruncated(t *testing.T) {
	got := newTestServer(t, nil).run("", current, "{ "+strings.Repeat("x", 50_000)+" }")

	if message := got.onlyError(t).Message; len(message) > 310 || !strings.HasPrefix(message, `Cannot query field "xxx`) {
		t.Errorf("%d bytes: %.50s", len(message), message)
	}
}

// TLS ends at a proxy. Only its operator knows whether the whole domain is served over TLS.
func TestStrictTransportSecurityIsLeftToTheProxy(t *testing.T) {
	if got := newTestServer(t, nil).run("", current, "{ hello }"); got.header.Get("Strict-Transport-Security") != "" {
		t.Error(got.header)
	}
}
