package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"aisle/auth"
)

func TestTokenCarriesTheViewerOfEveryRole(t *testing.T) {
	t.Parallel()
	for role, viewer := range viewers() {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			tokens := newAccessTokens(t)

			token, expiresAt, err := tokens.Issue(viewer)
			if err != nil {
				t.Fatal(err)
			}
			if want := testNow.Add(testTTL); !expiresAt.Equal(want) {
				t.Errorf("expires at %s, want %s", expiresAt, want)
			}
			want := viewer
			want.ExpiresAt = expiresAt
			for _, way := range []string{"first", "cached"} {
				got, err := tokens.Verify(t.Context(), token)
				if err != nil {
					t.Fatalf("%s: %v", way, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: -want +got:\n%s", way, diff)
				}
			}
		})
	}
}

func TestTokenHasTheDocumentedHeaderAndClaims(t *testing.T) {
	t.Parallel()
	parts := strings.Split(issue(t, newAccessTokens(t)), ".")
	_, _, kid := ownKey(t)

	header, claims := decode(t, parts[0]), decode(t, parts[1])

	if diff := cmp.Diff(fields{"alg": "EdDSA", "typ": "at+jwt", "kid": kid}, header); diff != "" {
		t.Errorf("header, -want +got:\n%s", diff)
	}
	if id, _ := claims["jti"].(string); len(id) < 22 {
		t.Errorf("jti %q has fewer than 128 bits", id)
	}
	delete(claims, "jti")
	want := fields{
		"iss": testIssuer, "aud": []any{testAudience}, "sub": employee.String(), "sid": session.String(),
		"role": "STORE_MANAGER", "store": ownStore.String(), "region": ownRegion.String(),
		"iat": float64(testNow.Unix()), "nbf": float64(testNow.Unix()), "exp": float64(testNow.Add(testTTL).Unix()),
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Errorf("claims, -want +got:\n%s", diff)
	}
}

func TestTokensOfOneViewerDiffer(t *testing.T) {
	t.Parallel()
	tokens := newAccessTokens(t)
	first, second := issue(t, tokens), issue(t, tokens)
	if first == second {
		t.Error("two tokens are the same: jti is not unique")
	}
}

func TestVerifyAllowsForTheLeeway(t *testing.T) {
	t.Parallel()
	private, _, _ := ownKey(t)
	for name, claims := range map[string]fields{
		"just expired":       {"exp": testNow.Add(-testLeeway + time.Second).Unix()},
		"almost valid":       {"nbf": testNow.Add(testLeeway).Unix()},
		"issued by a faster": {"iat": testNow.Add(testLeeway).Unix()},
		"of many audiences":  {"aud": []string{"other", testAudience}},
		"with unknown claim": {"acr": "events:read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := newAccessTokens(t).Verify(t.Context(), sign(t, jwt.SigningMethodEdDSA, private, nil, claims)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCachedTokenExpiresWithTheClock(t *testing.T) {
	t.Parallel()
	now := &clock{now: testNow}
	tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Now = now.Now })
	token := issue(t, tokens)
	for _, step := range []struct {
		at   time.Duration
		want error
	}{
		{0, nil},
		{testTTL + testLeeway - time.Nanosecond, nil},
		{testTTL + testLeeway, auth.ErrTokenExpired},
		{0, nil},
		{-testLeeway, nil},
		{-testLeeway - time.Nanosecond, auth.ErrInvalidToken},
	} {
		now.now = testNow.Add(step.at)
		if _, err := tokens.Verify(t.Context(), token); !errors.Is(err, step.want) {
			t.Errorf("at %s: got %v, want %v", step.at, err, step.want)
		}
	}
}

func TestNewAccessTokensRejectsAnInvalidConfiguration(t *testing.T) {
	t.Parallel()
	keys := newKeyring(t, newKeyStoreWithOwnKey(t), nil)
	good := auth.AccessTokensConfig{Issuer: testIssuer, Audience: testAudience, TTL: testTTL, Keys: keys}
	for name, change := range map[string]func(*auth.AccessTokensConfig){
		"no keys":     func(c *auth.AccessTokensConfig) { c.Keys = nil },
		"no issuer":   func(c *auth.AccessTokensConfig) { c.Issuer = "" },
		"no audience": func(c *auth.AccessTokensConfig) { c.Audience = "" },
		"no lifetime": func(c *auth.AccessTokensConfig) { c.TTL = 0 },
		"no second":   func(c *auth.AccessTokensConfig) { c.TTL = time.Second - 1 },
		"its own issuer as an external issuer": func(c *auth.AccessTokensConfig) {
			c.External = auth.NewExternalIssuers([]auth.ExternalIssuerConfig{{Issuer: testIssuer}}, nil, nil, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := good
			change(&config)
			if _, err := auth.NewAccessTokens(config); err == nil {
				t.Error("got no error")
			}
		})
	}
	if _, err := auth.NewAccessTokens(good); err != nil {
		t.Errorf("a good configuration without a clock: %v", err)
	}
}

func TestIssueRejectsAnIncompleteViewer(t *testing.T) {
	t.Parallel()
	for name, viewer := range map[string]auth.Viewer{
		"anonymous":        {},
		"no role":          {EmployeeID: employee, SessionID: session},
		"unknown role":     {EmployeeID: employee, SessionID: session, Role: "ROOT"},
		"no session":       {EmployeeID: employee, Role: auth.RoleAdmin},
		"no store":         {EmployeeID: employee, SessionID: session, Role: auth.RoleSupervisor},
		"zero store":       {EmployeeID: employee, SessionID: session, Role: auth.RoleSupervisor, StoreID: some(uuid.Nil)},
		"no region":        {EmployeeID: employee, SessionID: session, Role: auth.RoleRegionManager},
		"nobody's session": {SessionID: session, Role: auth.RoleAdmin},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if token, _, err := newAccessTokens(t).Issue(viewer); err == nil || token != "" {
				t.Errorf("got %q, %v", token, err)
			}
		})
	}
}

func TestVerifyIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	tokens := newAccessTokens(t)
	token := issue(t, tokens)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := tokens.Verify(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func FuzzVerify(f *testing.F) {
	tokens := newAccessTokens(f)
	private, _, _ := ownKey(f)
	good := sign(f, jwt.SigningMethodEdDSA, private, nil, nil) // the same one in each of the fuzzer's processes
	for _, seed := range []string{
		"", "..", good, good + ".", good[1:], "eyJhbGciOiJub25lIn0.e30.",
		sign(f, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, nil),
		sign(f, jwt.SigningMethodEdDSA, private, fields{"kid": nil}, nil),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		viewer, err := tokens.Verify(t.Context(), token)
		switch {
		case err == nil && token != good:
			t.Errorf("accepted %q for %+v", token, viewer)
		case err != nil && (!errors.Is(err, auth.ErrInvalidToken) || viewer != (auth.Viewer{})):
			t.Errorf("got %+v, %v", viewer, err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	token := issue(b, newAccessTokens(b))
	b.Run("cached", func(b *testing.B) {
		tokens := newAccessTokens(b)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := tokens.Verify(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("refused", func(b *testing.B) { // a refused token is never cached: this is what a flood costs
		tokens := newAccessTokens(b)
		forged := token[:len(token)-4] + "AAAA"
		b.ReportAllocs()
		for b.Loop() {
			if _, err := tokens.Verify(b.Context(), forged); err == nil {
				b.Fatal("accepted a forged token")
			}
		}
	})
}

func decode(t *testing.T, segment string) fields {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		t.Fatal(err)
	}
	var got fields
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	return got
}
