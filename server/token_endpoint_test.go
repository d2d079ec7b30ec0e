package server_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/server/oauth"
)

var partnerID = uuid.MustParse("01950000-0000-7000-8000-0000000000aa")

// odd is a secret with characters that form encoding escapes.
const odd = "s3cr:et+ %&"

// newTokenEndpoint returns a server with one client: "the erp" with the secret odd and two scopes.
func newTokenEndpoint(t *testing.T) *testServer {
	t.Helper()
	grant := func(_ context.Context, id, secret, scope string) (auth.Viewer, string, error) {
		switch {
		case id == "broken":
			return auth.Viewer{}, "", errors.New("dial tcp 10.0.0.7:5432: refused")
		case id != "the erp" || secret != odd:
			return auth.Viewer{}, "", auth.ErrInvalidClient
		case scope == "staff:read":
			return auth.Viewer{}, "", auth.ErrInvalidScope
		}
		return auth.Viewer{
			PartnerID: partnerID, Role: auth.RolePartner, ClientID: id, Scopes: "events:read prices:write",
			ExpiresAt: time.Now().Add(15 * time.Minute),
		}, "the.access.token", nil
	}
	return newTestServer(t, nil, func(c *config) { c.HTTP.Grant = grant })
}

func basicOf(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

// token requests a token. The form is the body, already encoded.
func (e *testServer) token(form, authorization string) reply {
	return e.do(request{path: "/oauth/token", body: form, header: map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Authorization": authorization,
	}})
}

var inForm = "grant_type=client_credentials&client_id=the+erp&client_secret=" + url.QueryEscape(odd)

func TestATokenIsGrantedForCredentialsInBasicOrForm(t *testing.T) {
	for name, c := range map[string]struct{ form, authorization string }{
		"Basic":                      {"grant_type=client_credentials", basicOf("the erp", odd)},
		"the form":                   {inForm, ""},
		"Basic, and the id again":    {"grant_type=client_credentials&client_id=the+erp", basicOf("the erp", odd)},
		"parameters that we do not":  {inForm + "&resource=x", ""},
		"a scope":                    {inForm + "&scope=events%3Aread", ""},
		"an empty parameter":         {inForm + "&scope=", ""},
		"Basic, and an empty secret": {"grant_type=client_credentials&client_secret=", basicOf("the erp", odd)}, // equal to a missing one
	} {
		srv := newTokenEndpoint(t)

		got := srv.token(c.form, c.authorization)

		var says struct {
			Token string `json:"access_token"`
			Type  string `json:"token_type"`
			In    int    `json:"expires_in"`
			Scope string `json:"scope"`
		}
		if err := json.Unmarshal([]byte(got.body), &says); err != nil {
			t.Fatalf("%s: %s", name, got.body)
		}
		if got.status != 200 || says.Token != "the.access.token" || says.Type != "Bearer" || says.In < 890 || says.In > 900 ||
			says.Scope != "events:read prices:write" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if got.header.Get("Cache-Control") != "no-store" || got.header.Get("Pragma") != "no-cache" {
			t.Errorf("%s: it may be cached: %v", name, got.header)
		}
	}
}

func TestTokenErrorsFollowRFC6749(t *testing.T) {
	basic := basicOf("the erp", odd)
	for name, c := range map[string]struct {
		form, authorization string
		status              int
		code                string
	}{
		"no grant type":              {"client_id=x&client_secret=y", "", 400, "invalid_request"},
		"another grant type":         {"grant_type=password&username=x", basic, 400, "unsupported_grant_type"},
		"a wrong secret":             {"grant_type=client_credentials", basicOf("the erp", "x"), 401, "invalid_client"},
		"an unknown client":          {"grant_type=client_credentials", basicOf("who", odd), 401, "invalid_client"},
		"a wrong secret in the form": {"grant_type=client_credentials&client_id=the+erp&client_secret=x", "", 401, "invalid_client"},
		"nobody":                     {"grant_type=client_credentials", "", 401, "invalid_client"},
		"an id alone":                {"grant_type=client_credentials&client_id=the+erp", "", 401, "invalid_client"},
		"another scheme":             {"grant_type=client_credentials", "Bearer x", 401, "invalid_client"},
		"Basic that is none":         {"grant_type=client_credentials", "Basic !", 401, "invalid_client"},
		"Basic, not form-encoded":    {"grant_type=client_credentials", "Basic " + base64.StdEncoding.EncodeToString([]byte("a:%zz")), 401, "invalid_client"},
		"both ways":                  {inForm, basic, 400, "invalid_request"},
		"two ids":                    {"grant_type=client_credentials&client_id=who", basic, 400, "invalid_request"},
		"a parameter twice":          {inForm + "&scope=events:read&scope=prices:write", "", 400, "invalid_request"},
		"a secret twice":             {inForm + "&client_secret=x", "", 400, "invalid_request"},
		"a scope of others":          {inForm + "&scope=staff:read", "", 400, "invalid_scope"},
		"no form":                    {"grant_type=%zz", basic, 400, "invalid_request"},
		"a large body":               {inForm + "&x=" + strings.Repeat("x", 16<<10), "", 413, "invalid_request"},
		"a fault of ours":            {"grant_type=client_credentials", basicOf("broken", "x"), 500, "server_error"},
	} {
		srv := newTokenEndpoint(t)

		got := srv.token(c.form, c.authorization)

		var says struct {
			Code        string `json:"error"`
			Description string `json:"error_description"`
		}
		if err := json.Unmarshal([]byte(got.body), &says); err != nil || got.status != c.status || says.Code != c.code {
			t.Errorf("%s: %d %s, want %d %s", name, got.status, got.body, c.status, c.code)
		}
		if !regexp.MustCompile(`^[\x20\x21\x23-\x5B\x5D-\x7E]+\.$`).MatchString(says.Description) {
			t.Errorf("%s: %q is not a sentence in the characters of RFC 6749", name, says.Description)
		}
		if challenged := strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Basic realm="); challenged != (c.status == 401) {
			t.Errorf("%s: WWW-Authenticate is %q", name, got.header.Get("WWW-Authenticate"))
		}
		if got.header.Get("Cache-Control") != "no-store" || strings.Contains(got.body, "10.0.0.7") {
			t.Errorf("%s: %v %s", name, got.header, got.body)
		}
		if log := srv.log.String(); strings.Contains(log, odd) || strings.Contains(log, url.QueryEscape(odd)) {
			t.Errorf("%s: the secret is in the log: %s", name, log)
		}
	}
}

func TestAnUnknownClientAndAWrongSecretGetTheSameError(t *testing.T) {
	srv := newTokenEndpoint(t)
	unknown := srv.token("grant_type=client_credentials", basicOf("who", odd))
	wrong := srv.token("grant_type=client_credentials", basicOf("the erp", "x"))

	unknown.header.Del("X-Request-ID")
	wrong.header.Del("X-Request-ID")

	if unknown.body != wrong.body || unknown.status != wrong.status || len(unknown.header) != len(wrong.header) {
		t.Errorf("%+v\n%+v", unknown, wrong)
	}
}

func TestTokenRequestsAreFormsSentWithPOST(t *testing.T) {
	srv := newTokenEndpoint(t)
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for name, c := range map[string]struct {
		request request
		status  int
	}{
		"GET":                   {request{method: "GET", path: "/oauth/token?" + inForm}, 405},
		"PUT":                   {request{method: "PUT", path: "/oauth/token", body: inForm, header: form}, 405},
		"JSON":                  {request{path: "/oauth/token", body: `{"grant_type":"client_credentials"}`}, 400},
		"no content type":       {request{path: "/oauth/token", body: inForm, header: map[string]string{"Content-Type": ""}}, 400},
		"parameters in the URL": {request{path: "/oauth/token?grant_type=client_credentials", body: inForm, header: form}, 400},
	} {
		got := srv.do(c.request)

		if got.status != c.status || !strings.Contains(got.body, `"invalid_request"`) || strings.Contains(got.body, "access_token") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if allow := got.header.Get("Allow"); (allow == "POST") != (c.status == 405) {
			t.Errorf("%s: Allow is %q", name, allow)
		}
	}
}

// Otherwise a page could make its visitors send wrong secrets until their network is locked out.
func TestPagesOfOtherSitesGetNoToken(t *testing.T) {
	srv := newTokenEndpoint(t)
	for origin, status := range map[string]int{"https://evil.example": 403, "null": 403, "http://example.com": 200, "": 200} {
		got := srv.do(request{path: "/oauth/token", body: inForm, header: map[string]string{
			"Content-Type": "application/x-www-form-urlencoded", "Origin": origin,
		}})

		if got.status != status || strings.Contains(got.body, "the.access.token") != (status == 200) {
			t.Errorf("from %q: got %d %s, want %d", origin, got.status, got.body, status)
		}
	}
}

func TestTheLogNamesThePartnerThatGotAToken(t *testing.T) {
	srv := newTokenEndpoint(t)

	srv.token(inForm, "")

	line := srv.log.line(t, "token")
	if line["viewer"] != partnerID.String() || line["role"] != "PARTNER" || line["outcome"] != "granted" ||
		line["scope"] != "events:read prices:write" {
		t.Errorf("got %v", line)
	}
	if log := srv.log.String(); strings.Contains(log, "the.access.token") {
		t.Errorf("the token is in the log: %s", log)
	}
	recorder := httptest.NewRecorder()
	srv.AdminHandler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", http.NoBody))
	if !strings.Contains(recorder.Body.String(), `"/oauth/token"`) {
		t.Errorf("the metrics do not count the request: %s", recorder.Body)
	}
}

func TestAPartnersOperationIsLoggedWithItsID(t *testing.T) {
	partner := auth.Viewer{PartnerID: partnerID, Role: auth.RolePartner, ClientID: "the erp", Scopes: "events:read"}
	srv := newTestServer(t, nil, func(c *config) {
		c.Verify = func(context.Context, string) (auth.Viewer, error) { return partner, nil }
	})

	srv.run("the.access.token", current, "{ secret }")

	if line := srv.log.line(t, "operation"); line["viewer"] != partnerID.String() || line["role"] != "PARTNER" {
		t.Errorf("got %v", line)
	}
}

func TestDiscoveryNamesTheTokenEndpoint(t *testing.T) {
	jwks := func() ([]byte, error) { return []byte(`{"keys":[]}`), nil }
	says := func(grant oauth.GrantFunc) (found struct {
		Endpoint string   `json:"token_endpoint"`
		Grants   []string `json:"grant_types_supported"`
		Methods  []string `json:"token_endpoint_auth_methods_supported"`
		Scopes   []string `json:"scopes_supported"`
	},
	) {
		srv := newTestServer(t, nil, func(c *config) {
			c.HTTP.Discovery, c.HTTP.Grant = oauth.Discovery{Issuer: "https://api.chain.test", JWKS: jwks}, grant
		})
		got := srv.do(request{method: "GET", path: "/.well-known/openid-configuration"})
		if err := json.Unmarshal([]byte(got.body), &found); err != nil {
			t.Fatal(err)
		}
		return found
	}

	with, without := says(func(context.Context, string, string, string) (auth.Viewer, string, error) {
		return auth.Viewer{}, "", nil
	}), says(nil)

	if with.Endpoint != "https://api.chain.test/oauth/token" || !slices.Equal(with.Grants, []string{"client_credentials"}) ||
		len(with.Methods) != 2 || !slices.Equal(with.Scopes, []string{
		"catalog:read", "catalog:write", "events:read", "feedback:write", "inventory:read", "inventory:write",
		"prices:read", "prices:write", "staff:read", "stores:read",
	}) {
		t.Errorf("got %+v", with)
	}
	if without.Endpoint != "" || without.Grants != nil {
		t.Errorf("without one: %+v", without)
	}
}
