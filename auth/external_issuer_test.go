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

func TestForeignTokenOfEachAlgorithmIsGood(t *testing.T) {
	t.Parallel()
	door := newDoor(t)
	want := manager()
	want.ExpiresAt = testNow.Add(testTTL)
	for name, token := range map[string]string{
		"RS256":                   foreignToken(t, jwt.SigningMethodRS256, door.server.rsa, fields{"kid": "rsa"}, nil),
		"ES256":                   door.server.good(t),
		"EdDSA":                   foreignToken(t, jwt.SigningMethodEdDSA, door.server.ed, fields{"kid": "ed"}, nil),
		"typ of RFC 9068":         foreignToken(t, jwt.SigningMethodRS256, door.server.rsa, fields{"kid": "rsa", "typ": "at+jwt"}, nil),
		"no typ":                  foreignToken(t, jwt.SigningMethodRS256, door.server.rsa, fields{"kid": "rsa", "typ": nil}, fields{"typ": nil}),
		"hash of the certificate": foreignToken(t, jwt.SigningMethodRS256, door.server.rsa, fields{"kid": "rsa", "x5t": "NzQ"}, nil),
	} {
		for _, way := range []string{"first", "cached"} {
			got, err := door.Verify(t.Context(), token)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, way, err)
			}
			if diff := cmp.Diff(want, got, cmp.Comparer(time.Time.Equal)); diff != "" {
				t.Errorf("%s, %s: -want +got:\n%s", name, way, diff)
			}
		}
	}
}

func TestForeignTokenCanNameTheEmployeeByID(t *testing.T) {
	t.Parallel()
	door := newDoor(t, func(c *auth.ExternalIssuerConfig) { c.Login, c.Employee = "", "employee" })

	got, err := door.Verify(t.Context(),
		foreignToken(t, jwt.SigningMethodRS256, door.server.rsa, fields{"kid": "rsa"}, fields{"employee": "employee_01"}))

	if err != nil || got.EmployeeID != employee {
		t.Errorf("got %+v, %v", got, err)
	}
}

// An issuer says who somebody is, and the staff says what they may do.
func TestForeignTokenMakesNobodyMoreThanTheStaffHasThem(t *testing.T) {
	t.Parallel()
	door := newDoor(t)
	token := foreignToken(t, jwt.SigningMethodRS256, door.server.rsa, fields{"kid": "rsa"},
		fields{"role": "ADMIN", "store": otherStore.String(), "region": nil, "sid": session.String()})

	got, err := door.Verify(t.Context(), token)

	if err != nil || got.Role != auth.RoleStoreManager || got.StoreID != some(ownStore) || got.SessionID != [16]byte{} {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestEmployeeWhoLeavesIsOutWithin5Seconds(t *testing.T) {
	t.Parallel()
	door := newDoor(t)
	token := door.server.good(t)
	if _, err := door.Verify(t.Context(), token); err != nil {
		t.Fatal(err)
	}

	delete(door.people.byLogin, "manager.1")
	door.later(5 * time.Second)

	if _, err := door.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("got %v, want ErrToken", err)
	}
}

func TestStaffThatCannotBeAskedIsAFaultAndNotTheBearers(t *testing.T) {
	t.Parallel()
	door := newDoor(t)
	door.people.failure = errors.New("database down")

	_, err := door.Verify(t.Context(), door.server.good(t))

	if err == nil || errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("got %v", err)
	}
}

func TestRevocationIsAskedOfForeignTokensToo(t *testing.T) {
	t.Parallel()
	door := newDoor(t)
	tokens := newTokens(t, func(c *auth.AccessTokensConfig) {
		c.External, c.IsRevoked = door.foreign, func(v auth.Viewer) bool { return v.EmployeeID == employee }
	})

	if _, err := tokens.Verify(t.Context(), door.server.good(t)); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("got %v, want ErrToken", err)
	}
}

func TestKeyServerThatIsDownLocksNobodyOutWhomItHasVouchedFor(t *testing.T) {
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
			door := newDoor(t)
			old := door.server.good(t)
			if _, err := door.Verify(t.Context(), old); err != nil {
				t.Fatal(err)
			}

			door.server.answers(answer)
			door.later(time.Minute)
			unknown := foreignToken(t, jwt.SigningMethodRS256, door.server.rsa, fields{"kid": "unknown"}, nil)
			if _, err := door.Verify(t.Context(), unknown); !errors.Is(err, auth.ErrInvalidToken) {
				t.Errorf("an unknown key: got %v, want ErrToken", err)
			}

			fresh := foreignToken(t, jwt.SigningMethodRS256, door.server.rsa, fields{"kid": "rsa"}, fields{"jti": "fresh"})
			for which, token := range map[string]string{"old": old, "fresh": fresh} {
				if _, err := door.Verify(t.Context(), token); err != nil {
					t.Errorf("the %s token: %v", which, err)
				}
			}
		})
	}
}

func TestKeysComeFromWhereTheConfigurationSays(t *testing.T) {
	t.Parallel()
	door, elsewhere := newDoor(t), newKeyServer(t)
	door.server.answers(http.RedirectHandler(elsewhere.URL, http.StatusFound).ServeHTTP)

	_, err := door.Verify(t.Context(), elsewhere.good(t))

	if !errors.Is(err, auth.ErrInvalidToken) || elsewhere.fetched() != 0 {
		t.Errorf("%v; %d fetches from elsewhere", err, elsewhere.fetched())
	}
}

func TestFloodOfUnknownKidsFetchesForeignKeysOnceIn10Seconds(t *testing.T) {
	t.Parallel()
	door := newDoor(t)
	flood := func() {
		for i := range 20 {
			token := foreignToken(t, jwt.SigningMethodRS256, door.server.rsa, fields{"kid": strconv.Itoa(i)}, nil)
			if _, err := door.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalidToken) {
				t.Fatal(err)
			}
		}
	}

	flood()
	door.later(10*time.Second - 1)
	flood()
	if got := door.server.fetched(); got != 1 {
		t.Errorf("fetched %d times in 10 seconds", got)
	}
	door.later(1)
	flood()
	if got := door.server.fetched(); got != 2 {
		t.Errorf("fetched %d times in all", got)
	}
}

func TestForeignKeysAreKeptCurrent(t *testing.T) {
	t.Parallel()
	door := newDoor(t)
	if _, err := door.Verify(t.Context(), door.server.good(t)); err != nil {
		t.Fatal(err)
	}
	door.server.publish(door.server.keys()[:1]...) // all but the RSA key are withdrawn
	ctx, stop := context.WithCancel(t.Context())
	door.server.thenCalls(stop) // when they have been fetched once more

	if err := door.foreign.Run(ctx); err != nil {
		t.Fatal(err)
	}

	door.later(6 * time.Second) // past what is cached
	if _, err := door.Verify(t.Context(), door.server.good(t)); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("a withdrawn key: got %v, want ErrToken", err)
	}
	if _, err := door.Verify(t.Context(), foreignToken(t, jwt.SigningMethodRS256, door.server.rsa, fields{"kid": "rsa"}, nil)); err != nil {
		t.Errorf("a key that stayed: %v", err)
	}
}
