package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"aisle/auth"
)

func TestVerifyRejectsEveryAttackWithExternalTokens(t *testing.T) {
	t.Parallel()
	f := newExternalFixture(t)
	f.directory.byLogin["nobody's store"] = auth.Viewer{EmployeeID: employee, Role: auth.RoleAssociate}
	if _, err := f.Verify(t.Context(), f.server.good(t)); err != nil {
		t.Fatalf("what the attacks start from is refused: %v", err)
	}
	for _, a := range append(externalKeyAttacks(t, f.server), externalClaimAttacks(t, f.server)...) {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				viewer, err := f.Verify(t.Context(), a.token)
				if !errors.Is(err, auth.ErrInvalidToken) || viewer != (auth.Viewer{}) {
					t.Fatalf("got %+v, %v", viewer, err)
				}
				if !strings.Contains(err.Error(), a.reason) {
					t.Errorf("got reason %q, want %q", err, a.reason)
				}
			}
		})
	}
}

func externalKeyAttacks(t *testing.T, s *keyServer) []attack {
	t.Helper()
	const signature, unknown, unexpected = "signature is invalid", "no known key", "unexpected header"
	der, err := x509.MarshalPKIXPublicKey(s.rsa.Public())
	if err != nil {
		t.Fatal(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	own, _, ownKid := ownKey(t)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ours := fields{"iss": testIssuer}
	rs := func(key any, header, claims fields) string {
		merged := fields{"kid": "rsa"}
		maps.Copy(merged, header)
		return signExternalToken(t, jwt.SigningMethodRS256, key, merged, claims)
	}
	return []attack{
		{"alg none", signExternalToken(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, fields{"kid": "rsa"}, nil), signature},
		{"HS256 with the public key", signExternalToken(t, jwt.SigningMethodHS256, block, fields{"kid": "rsa"}, nil), signature},
		{"PS256 with an RS256 key", signExternalToken(t, jwt.SigningMethodPS256, s.rsa, fields{"kid": "rsa"}, nil), signature},
		{"ES256 with the kid of an RS256 key", signExternalToken(t, jwt.SigningMethodES256, s.ec, fields{"kid": "rsa"}, nil), unknown},
		{"RS256 with the kid of an EdDSA key", signExternalToken(t, jwt.SigningMethodRS256, s.rsa, fields{"kid": "ed"}, nil), unknown},
		{"a stranger's key with its kid", rs(stranger, nil, nil), signature},
		{"our key", signExternalToken(t, jwt.SigningMethodEdDSA, own, fields{"kid": ownKid}, nil), unknown},
		{"our issuer, signed by theirs", rs(s.rsa, nil, ours), signature},
		{
			"our issuer and typ, signed by their EdDSA key",
			signExternalToken(t, jwt.SigningMethodEdDSA, s.ed, fields{"kid": "ed", "typ": "at+jwt"}, ours),
			unknown,
		},
		{"no kid", rs(s.rsa, fields{"kid": nil}, nil), unknown},
		{"path in kid", rs(s.rsa, fields{"kid": "../rsa"}, nil), unknown},
		{"URL in kid", rs(s.rsa, fields{"kid": s.URL}, nil), unknown},
		{"kid of 7 KB", rs(s.rsa, fields{"kid": strings.Repeat("k", 5<<10)}, nil), unknown},
		{"kid as a list", rs(s.rsa, fields{"kid": []string{"rsa"}}, nil), unknown},
		{"embedded jwk", rs(stranger, fields{"jwk": publicJWK("rsa", stranger.Public())}, nil), unexpected},
		{"jku", rs(stranger, fields{"jku": "https://evil.test/jwks.json"}, nil), unexpected},
		{"jku of the issuer", rs(s.rsa, fields{"jku": s.URL}, nil), unexpected},
		{"x5u", rs(stranger, fields{"x5u": "https://evil.test/cert.pem"}, nil), unexpected},
		{"x5c", rs(stranger, fields{"x5c": []string{"MIIB"}}, nil), unexpected},
		{"critical extension", rs(s.rsa, fields{"crit": []string{"exp"}}, nil), unexpected},
		{"another typ", rs(s.rsa, fields{"typ": "logout+jwt"}, nil), "wrong type"},
	}
}

func externalClaimAttacks(t *testing.T, s *keyServer) []attack {
	t.Helper()
	const viewer = "identifies no viewer"
	rows := []struct {
		name   string
		claims fields
		reason string
	}{
		{"another issuer", fields{"iss": "https://evil.test"}, "signature is invalid"}, // to us it is one of ours then, and RS256
		{"issuer with a slash", fields{"iss": externalIssuerURL + "/"}, "signature is invalid"},
		{"issuer as a list", fields{"iss": []string{externalIssuerURL}}, "malformed"},
		{"another audience", fields{"aud": "account"}, "invalid audience"},
		{"no audience", fields{"aud": nil}, "missing required claim"},
		{"no expiry", fields{"exp": nil}, "missing required claim"},
		{"expired", fields{"exp": testNow.Add(-testLeeway).Unix()}, "expired"},
		{"not yet valid", fields{"nbf": testNow.Add(testLeeway + time.Second).Unix()}, "not valid yet"},
		{"issued in the future", fields{"iat": testNow.Add(testLeeway + time.Second).Unix()}, "before issued"},
		{"an ID token", fields{"typ": "ID"}, "wrong type"},
		{"a refresh token", fields{"typ": "Refresh"}, "wrong type"},
		{"no login", fields{"preferred_username": nil}, viewer},
		{"empty login", fields{"preferred_username": ""}, viewer},
		{"login in another claim's spelling", fields{"preferred_username": nil, "Preferred_Username": "manager.1"}, viewer},
		{"login as a list", fields{"preferred_username": []string{"manager.1"}}, viewer},
		{"unknown login", fields{"preferred_username": "mallory"}, viewer},
		{"login of 300 bytes", fields{"preferred_username": strings.Repeat("m", 300)}, viewer},
		{"a store role without a store", fields{"preferred_username": "nobody's store"}, viewer},
	}
	attacks := make([]attack, 0, len(rows))
	for _, row := range rows {
		token := signExternalToken(t, jwt.SigningMethodRS256, s.rsa, fields{"kid": "rsa"}, row.claims)
		attacks = append(attacks, attack{row.name, token, row.reason})
	}
	good := s.good(t)
	head, rest, _ := strings.Cut(good, ".")
	_, sig, _ := strings.Cut(rest, ".")
	changed := base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"` + externalIssuerURL + `","preferred_username":"admin"}`))
	double := base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"` + externalIssuerURL + `","iss":"` + testIssuer + `"}`))
	return append(attacks,
		attack{"changed payload", head + "." + changed + "." + sig, "signature is invalid"},
		attack{"issuer twice", head + "." + double + "." + sig, "has a duplicate member"},
	)
}

// An issuer cannot sign tokens that name another issuer.
func TestExternalIssuerCannotSignForAnother(t *testing.T) {
	t.Parallel()
	one, other := newKeyServer(t), newKeyServer(t)
	configs := []auth.ExternalIssuerConfig{
		{Issuer: externalIssuerURL, Audience: testAudience, JWKS: one.URL, Login: "preferred_username"},
		{Issuer: "https://other.test", Audience: testAudience, JWKS: other.URL, Login: "preferred_username"},
	}
	who := &fakeDirectory{byLogin: map[string]auth.Viewer{"manager.1": manager()}}
	tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.External = auth.NewExternalIssuers(configs, who, quiet(), c.Now) })

	_, err := tokens.Verify(t.Context(), other.good(t))

	if !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("got %v, want ErrInvalidToken", err)
	}
	if _, err := tokens.Verify(t.Context(), one.good(t)); err != nil {
		t.Errorf("its own: %v", err)
	}
}

func TestUnusablePublishedKeysAreSkipped(t *testing.T) { //nolint:tparallel // one after the other, on one server
	t.Parallel()
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f := newExternalFixture(t)
	s := f.server
	y := publicJWK("k", s.ec.Public())["y"]
	with := func(key fields, changes fields) fields { merge(key, changes); return key }
	for name, test := range map[string]struct {
		key    fields
		method jwt.SigningMethod
		signer any
	}{
		"for encryption":        {with(publicJWK("k", s.rsa.Public()), fields{"use": "enc"}), jwt.SigningMethodRS256, s.rsa},
		"for another algorithm": {with(publicJWK("k", s.rsa.Public()), fields{"alg": "RS512"}), jwt.SigningMethodRS256, s.rsa},
		"of 1024 bits":          {publicJWK("k", weak.Public()), jwt.SigningMethodRS256, weak},
		"with an even exponent": {with(publicJWK("k", s.rsa.Public()), fields{"e": "AAQ"}), jwt.SigningMethodRS256, s.rsa},
		"with a huge exponent":  {with(publicJWK("k", s.rsa.Public()), fields{"e": "AQAAAAE"}), jwt.SigningMethodRS256, s.rsa},
		"on another curve":      {publicJWK("k", p384.Public()), jwt.SigningMethodES384, p384},
		"on no curve":           {with(publicJWK("k", s.ec.Public()), fields{"x": y}), jwt.SigningMethodES256, s.ec},
		"too short a point":     {with(publicJWK("k", s.ec.Public()), fields{"x": "AQ"}), jwt.SigningMethodES256, s.ec},
		"too short":             {with(publicJWK("k", s.ed.Public()), fields{"x": "AQ"}), jwt.SigningMethodEdDSA, s.ed},
		"symmetric":             {fields{"kid": "k", "kty": "oct", "k": "c2VjcmV0"}, jwt.SigningMethodHS256, []byte("secret")},
		"without a kid":         {with(publicJWK("", s.rsa.Public()), nil), jwt.SigningMethodRS256, s.rsa},
	} {
		t.Run(name, func(t *testing.T) {
			s.publish(append(s.keys(), test.key)...)
			f.later(11 * time.Second)
			claims := fields{"exp": f.clock.now.Add(time.Minute).Unix(), "jti": uuid.NewString()}

			_, err := f.Verify(t.Context(), signExternalToken(t, test.method, test.signer, fields{"kid": "k"}, claims))
			if !errors.Is(err, auth.ErrInvalidToken) {
				t.Errorf("got %v, want ErrInvalidToken", err)
			}
			if _, err := f.Verify(t.Context(), signExternalToken(t, jwt.SigningMethodRS256, s.rsa, fields{"kid": "rsa"}, claims)); err != nil {
				t.Errorf("the good key beside it: %v", err)
			}
		})
	}
}
