package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"aisle/auth"
	"aisle/server/oauth"
)

// memoryKeys keeps signing keys in memory.
type memoryKeys []auth.SealedKey

func (k *memoryKeys) Keys(context.Context) ([]auth.SealedKey, error) { return *k, nil }

func (k *memoryKeys) ChangeKeys(_ context.Context, f func([]auth.SealedKey) ([]auth.SealedKey, error)) (err error) {
	*k, err = f(*k)
	return err
}

// newTokens returns the access tokens of an issuer and the keyring that signs them.
func newTokens(t *testing.T, issuer string) (*auth.AccessTokens, *auth.Keyring) {
	t.Helper()
	ring, err := auth.NewKeyring(auth.KeyringConfig{
		Keys: &memoryKeys{}, Secret: []byte(strings.Repeat("s", 32)), TTL: time.Minute, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	tokens, err := auth.NewAccessTokens(auth.AccessTokensConfig{
		Issuer: issuer, Audience: issuer, TTL: time.Minute, Keys: ring,
		IsRevoked: func(v auth.Viewer) bool { return v.SessionID == endedSession },
	})
	if err != nil {
		t.Fatal(err)
	}
	return tokens, ring
}

var endedSession = uuid.MustParse("01950000-0000-7000-8000-00000000dead")

// issueTo issues a token to an administrator.
func issueTo(t *testing.T, tokens *auth.AccessTokens, session uuid.UUID) string {
	t.Helper()
	token, _, err := tokens.Issue(auth.Viewer{EmployeeID: uuid.New(), SessionID: session, Role: auth.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// configuration has the fields of openid-configuration that services need.
type configuration struct {
	Issuer     string   `json:"issuer"`
	Keys       string   `json:"jwks_uri"`
	Algorithms []string `json:"id_token_signing_alg_values_supported"`
}

func get(t *testing.T, url string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", url, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// Another service verifies tokens with only the address and an independent library.
func TestAnotherServiceVerifiesTokensFromTheDiscoveryDocument(t *testing.T) {
	tokens, ring := newTokens(t, "aisle")
	srv := newTestServer(t, nil, func(c *config) { c.HTTP.Discovery = oauth.Discovery{Issuer: "aisle", JWKS: ring.JWKS} })
	site := httptest.NewServer(srv.Handler())
	defer site.Close()
	if err := ring.Rotate(t.Context()); err != nil { // so that two keys are published
		t.Fatal(err)
	}
	var found configuration
	get(t, site.URL+"/.well-known/openid-configuration", &found)
	var set json.RawMessage
	get(t, found.Keys, &set)
	keys, err := keyfunc.NewJWKSetJSON(set)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(token string) (*jwt.Token, error) {
		return jwt.Parse(token, keys.Keyfunc, jwt.WithIssuer(found.Issuer), jwt.WithValidMethods(found.Algorithms), jwt.WithAudience("aisle"))
	}
	token := issueTo(t, tokens, uuid.New())

	parsed, err := verify(token)

	if err != nil || parsed.Claims.(jwt.MapClaims)["role"] != "ADMIN" { //nolint:errcheck // a wrong type fails the test as well
		t.Errorf("got %+v, %v", parsed, err)
	}
	if _, err := verify(token[:len(token)-8] + "AAAAAAAA"); !errors.Is(err, jwt.ErrTokenSignatureInvalid) {
		t.Errorf("a forged one: %v", err)
	}
	if got := strings.Count(string(set), `"kid"`); got != 2 {
		t.Errorf("%d keys are published", got)
	}
	if private := regexp.MustCompile(`"([dkpq])":`).FindString(string(set)); private != "" {
		t.Errorf("%s is published", private)
	}
}

func TestPublishedKeysAreCachedForLessThanTheActivationDelay(t *testing.T) {
	_, ring := newTokens(t, "aisle")
	srv := newTestServer(t, nil, func(c *config) { c.HTTP.Discovery = oauth.Discovery{Issuer: "aisle", JWKS: ring.JWKS} })

	got := srv.do(request{method: "GET", path: "/.well-known/jwks.json"})

	age := regexp.MustCompile(`^public, max-age=(\d+)$`).FindStringSubmatch(got.header.Get("Cache-Control"))
	if age == nil {
		t.Fatalf("Cache-Control: %q", got.header.Get("Cache-Control"))
	}
	if seconds, err := strconv.Atoi(age[1]); err != nil || time.Duration(seconds)*time.Second > auth.KeyActivationDelay/2 {
		t.Errorf("keys may be cached for %s s, and a new one signs after %s", age[1], auth.KeyActivationDelay)
	}
	if got := got.header.Get("Content-Type"); got != "application/jwk-set+json" {
		t.Errorf("Content-Type: %s", got)
	}
}

func TestDiscoveryNamesTheKeys(t *testing.T) {
	jwks := func() ([]byte, error) { return []byte(`{"keys":[]}`), nil }
	const cached, uncached = "public, max-age=300", "no-store"
	for name, test := range map[string]struct{ issuer, proto, base, cache string }{
		"an issuer that is a URL says it":         {"https://api.chain.test", "", "https://api.chain.test", cached},
		"with a path":                             {"https://chain.test/aisle/", "", "https://chain.test/aisle", cached},
		"a name leaves it to the request":         {"aisle", "", "http://example.com", uncached},
		"which may have come through a TLS proxy": {"aisle", "https", "https://example.com", uncached},
		"a URN is a name":                         {"urn:chain:aisle", "", "http://example.com", uncached},
	} {
		srv := newTestServer(t, nil, func(c *config) { c.HTTP.Discovery = oauth.Discovery{Issuer: test.issuer, JWKS: jwks} })

		got := srv.do(request{
			method: "GET", path: "/.well-known/openid-configuration", header: map[string]string{"X-Forwarded-Proto": test.proto},
		})

		var found configuration
		if err := json.Unmarshal([]byte(got.body), &found); err != nil {
			t.Fatal(err)
		}
		if found.Issuer != test.issuer || found.Keys != test.base+"/.well-known/jwks.json" || got.header.Get("Cache-Control") != test.cache {
			t.Errorf("%s: %s, Cache-Control %s", name, got.body, got.header.Get("Cache-Control"))
		}
	}
}

func TestAnErrorOfTheKeysIsAnInternalError(t *testing.T) {
	srv := newTestServer(t, nil, func(c *config) {
		c.HTTP.Discovery = oauth.Discovery{Issuer: "aisle", JWKS: func() ([]byte, error) { return nil, errors.New("no") }}
	})

	got := srv.do(request{method: "GET", path: "/.well-known/jwks.json"})

	if got.status != 500 || strings.Contains(got.header.Get("Cache-Control"), "public") {
		t.Errorf("%d %v", got.status, got.header)
	}
}
