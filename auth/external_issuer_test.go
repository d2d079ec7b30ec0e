package auth_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"aisle/auth"
)

func TestExternalTokenOfEachAlgorithmIsAccepted(t *testing.T) {
	t.Parallel()
	f := newExternalFixture(t)
	want := manager()
	want.ExpiresAt = testNow.Add(testTTL)
	for name, token := range map[string]string{
		"RS256":                   signExternalToken(t, jwt.SigningMethodRS256, f.server.rsa, fields{"kid": "rsa"}, nil),
		"ES256":                   f.server.good(t),
		"EdDSA":                   signExternalToken(t, jwt.SigningMethodEdDSA, f.server.ed, fields{"kid": "ed"}, nil),
		"typ of RFC 9068":         signExternalToken(t, jwt.SigningMethodRS256, f.server.rsa, fields{"kid": "rsa", "typ": "at+jwt"}, nil),
		"no typ":                  signExternalToken(t, jwt.SigningMethodRS256, f.server.rsa, fields{"kid": "rsa", "typ": nil}, fields{"typ": nil}),
		"hash of the certificate": signExternalToken(t, jwt.SigningMethodRS256, f.server.rsa, fields{"kid": "rsa", "x5t": "NzQ"}, nil),
	} {
		for _, way := range []string{"first", "cached"} {
			got, err := f.Verify(t.Context(), token)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, way, err)
			}
			if diff := cmp.Diff(want, got, cmp.Comparer(time.Time.Equal)); diff != "" {
				t.Errorf("%s, %s: -want +got:\n%s", name, way, diff)
			}
		}
	}
}

func TestExternalTokenCanIdentifyTheEmployeeByID(t *testing.T) {
	t.Parallel()
	f := newExternalFixture(t, func(c *auth.ExternalIssuerConfig) { c.Login, c.Employee = "", "employee" })

	got, err := f.Verify(t.Context(),
		signExternalToken(t, jwt.SigningMethodRS256, f.server.rsa, fields{"kid": "rsa"}, fields{"employee": "employee_01"}))

	if err != nil || got.EmployeeID != employee {
		t.Errorf("got %+v, %v", got, err)
	}
}

// The token identifies an employee. The role and store come from the directory.
func TestExternalTokenGrantsNoMoreThanTheDirectory(t *testing.T) {
	t.Parallel()
	f := newExternalFixture(t)
	token := signExternalToken(t, jwt.SigningMethodRS256, f.server.rsa, fields{"kid": "rsa"},
		fields{"role": "ADMIN", "store": otherStore.String(), "region": nil, "sid": session.String()})

	got, err := f.Verify(t.Context(), token)

	if err != nil || got.Role != auth.RoleStoreManager || got.StoreID != some(ownStore) || got.SessionID != [16]byte{} {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestEmployeeWhoLeavesLosesAccessWithin5Seconds(t *testing.T) {
	t.Parallel()
	f := newExternalFixture(t)
	token := f.server.good(t)
	if _, err := f.Verify(t.Context(), token); err != nil {
		t.Fatal(err)
	}

	delete(f.directory.byLogin, "manager.1")
	f.later(5 * time.Second)

	if _, err := f.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("got %v, want ErrInvalidToken", err)
	}
}

func TestFailingDirectoryIsAnInternalError(t *testing.T) {
	t.Parallel()
	f := newExternalFixture(t)
	f.directory.failure = errors.New("database down")

	_, err := f.Verify(t.Context(), f.server.good(t))

	if err == nil || errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("got %v", err)
	}
}

func TestRevocationAppliesToExternalTokens(t *testing.T) {
	t.Parallel()
	f := newExternalFixture(t)
	tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) {
		c.External, c.IsRevoked = f.issuers, func(v auth.Viewer) bool { return v.EmployeeID == employee }
	})

	if _, err := tokens.Verify(t.Context(), f.server.good(t)); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("got %v, want ErrInvalidToken", err)
	}
}

func TestKeysStayInUseWhileTheKeyServerIsDown(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"fails":           func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"answers garbage": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"answers no keys": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"keys":[]}`)) },
		"answers too much": func(w http.ResponseWriter, _ *http.Request) {
			const other = `{"keys":[{"kid":"other","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`
			_, _ = w.Write([]byte(other + strings.Repeat(" ", 256<<10)))
		},
		"cuts the connection": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newExternalFixture(t)
			old := f.server.good(t)
			if _, err := f.Verify(t.Context(), old); err != nil {
				t.Fatal(err)
			}

			f.server.answers(answer)
			f.later(time.Minute)
			unknown := signExternalToken(t, jwt.SigningMethodRS256, f.server.rsa, fields{"kid": "unknown"}, nil)
			if _, err := f.Verify(t.Context(), unknown); !errors.Is(err, auth.ErrInvalidToken) {
				t.Errorf("an unknown key: got %v, want ErrInvalidToken", err)
			}

			fresh := signExternalToken(t, jwt.SigningMethodRS256, f.server.rsa, fields{"kid": "rsa"}, fields{"jti": "fresh"})
			for which, token := range map[string]string{"old": old, "fresh": fresh} {
				if _, err := f.Verify(t.Context(), token); err != nil {
					t.Errorf("the %s token: %v", which, err)
				}
			}
		})
	}
}

func TestKeysComeFromTheConfiguredURLOnly(t *testing.T) {
	t.Parallel()
	f, elsewhere := newExternalFixture(t), newKeyServer(t)
	f.server.answers(http.RedirectHandler(elsewhere.URL, http.StatusFound).ServeHTTP)

	_, err := f.Verify(t.Context(), elsewhere.good(t))

	if !errors.Is(err, auth.ErrInvalidToken) || elsewhere.fetched() != 0 {
		t.Errorf("%v; %d fetches from elsewhere", err, elsewhere.fetched())
	}
}

func TestUnknownKidsFetchExternalKeysAtMostOncePer10Seconds(t *testing.T) {
	t.Parallel()
	f := newExternalFixture(t)
	flood := func() {
		for i := range 20 {
			token := signExternalToken(t, jwt.SigningMethodRS256, f.server.rsa, fields{"kid": strconv.Itoa(i)}, nil)
			if _, err := f.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalidToken) {
				t.Fatal(err)
			}
		}
	}

	flood()
	f.later(10*time.Second - 1)
	flood()
	if got := f.server.fetched(); got != 1 {
		t.Errorf("fetched %d times in 10 seconds", got)
	}
	f.later(1)
	flood()
	if got := f.server.fetched(); got != 2 {
		t.Errorf("fetched %d times in all", got)
	}
}

func TestExternalKeysAreRefreshed(t *testing.T) {
	t.Parallel()
	f := newExternalFixture(t)
	if _, err := f.Verify(t.Context(), f.server.good(t)); err != nil {
		t.Fatal(err)
	}
	f.server.publish(f.server.keys()[:1]...) // all but the RSA key are withdrawn
	ctx, stop := context.WithCancel(t.Context())
	f.server.thenCalls(stop) // when they have been fetched once more

	if err := f.issuers.Run(ctx); err != nil {
		t.Fatal(err)
	}

	f.later(6 * time.Second) // past what is cached
	if _, err := f.Verify(t.Context(), f.server.good(t)); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("a withdrawn key: got %v, want ErrInvalidToken", err)
	}
	if _, err := f.Verify(t.Context(), signExternalToken(t, jwt.SigningMethodRS256, f.server.rsa, fields{"kid": "rsa"}, nil)); err != nil {
		t.Errorf("a key that stayed: %v", err)
	}
}
