package server_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"aisle/auth"
)

// auth tests that each attack is rejected. This test checks that responses do not say why.
func TestEveryInvalidTokenGetsTheSameResponse(t *testing.T) {
	tokens, ring := newTokens(t, "aisle")
	srv := newTestServer(t, nil, func(c *config) { c.Verify = tokens.Verify })
	good := issueTo(t, tokens, uuid.New())
	if got := srv.run(good, current, "{ secret }"); got.status != 200 {
		t.Fatalf("a valid token: %d %s", got.status, got.body)
	}
	wrong := invalidTokens(t, good)
	wrong["a revoked session"] = issueTo(t, tokens, endedSession)
	maps.Copy(wrong, validTokens(t, ring))
	var reference reply
	for name, token := range wrong {
		for _, media := range []string{legacy, current} {
			got := srv.run(token, media, "{ secret }")

			if got.status != 401 || got.onlyError(t).Extensions.Code != "UNAUTHENTICATED" {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
			got.header.Del("X-Request-ID")
			if media == legacy {
				continue
			}
			if reference.body == "" {
				reference = got
			}
			if got.body != reference.body || fmt.Sprint(got.header) != fmt.Sprint(reference.header) {
				t.Errorf("%s:\n%s\n%v\nand another:\n%s\n%v", name, got.body, got.header, reference.body, reference.header)
			}
		}
	}
}

// validTokens returns invalid tokens that are signed with our key.
func validTokens(t *testing.T, ring *auth.Keyring) map[string]string {
	t.Helper()
	made := map[string]string{}
	for name, config := range map[string]auth.AccessTokensConfig{
		"expired":          {Issuer: "aisle", Audience: "aisle", Now: func() time.Time { return time.Now().Add(-time.Hour) }},
		"not yet valid":    {Issuer: "aisle", Audience: "aisle", Now: func() time.Time { return time.Now().Add(time.Hour) }},
		"another issuer":   {Issuer: "another", Audience: "aisle"},
		"another audience": {Issuer: "aisle", Audience: "another"},
	} {
		config.Keys, config.TTL = ring, time.Minute
		tokens, err := auth.NewAccessTokens(config)
		if err != nil {
			t.Fatal(err)
		}
		made[name] = issueTo(t, tokens, uuid.New())
	}
	return made
}

// invalidTokens returns tokens that are made from a valid one without our key.
func invalidTokens(t *testing.T, good string) map[string]string {
	t.Helper()
	var claims jwt.MapClaims
	parsed, _, err := jwt.NewParser().ParseUnverified(good, &claims)
	if err != nil {
		t.Fatal(err)
	}
	_, foreign, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	made := func(method jwt.SigningMethod, key any, header map[string]any) string {
		token := jwt.NewWithClaims(method, claims)
		token.Header["typ"], token.Header["kid"] = parsed.Header["typ"], parsed.Header["kid"]
		maps.Copy(token.Header, header)
		signed, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	parts := strings.Split(good, ".")
	segment := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	public := foreign.Public().(ed25519.PublicKey) //nolint:errcheck // it is one
	type m = map[string]any
	return map[string]string{
		"alg none":          made(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"HS256":             made(jwt.SigningMethodHS256, []byte(public), nil),
		"a foreign key":     made(jwt.SigningMethodEdDSA, foreign, nil),
		"a foreign kid":     made(jwt.SigningMethodEdDSA, foreign, m{"kid": strings.Repeat("A", 43)}),
		"a path in kid":     made(jwt.SigningMethodEdDSA, foreign, m{"kid": "../../dev/null"}),
		"jku":               made(jwt.SigningMethodEdDSA, foreign, m{"jku": "https://evil.test"}),
		"embedded jwk":      made(jwt.SigningMethodEdDSA, foreign, m{"jwk": m{"kty": "OKP", "crv": "Ed25519", "x": segment(string(public))}}),
		"another typ":       made(jwt.SigningMethodEdDSA, foreign, m{"typ": "JWT"}),
		"a changed payload": parts[0] + "." + segment(`{"role":"ADMIN"}`) + "." + parts[2],
		"a member twice":    parts[0] + "." + segment(`{"role":"ADMIN","role":"ADMIN"}`) + "." + parts[2],
		"1 MB":              strings.Repeat("A", 1<<20),
		"garbage":           "garbage",
	}
}
