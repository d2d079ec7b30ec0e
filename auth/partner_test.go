package auth_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"aisle/auth"
)

var partner = uuid.MustParse("0195a000-0000-7000-8000-000000000007")

// partnerWith returns a partner with scopes.
func partnerWith(scopes auth.PartnerScopes) auth.Viewer {
	return auth.Viewer{PartnerID: partner, ClientID: "erp", Role: auth.RolePartner, Scopes: scopes}
}

// The table is written by hand: a change to partnerPermissions must be made here, too.
func TestPermissionsOfEachPartnerScope(t *testing.T) {
	t.Parallel()
	for scopes, want := range map[auth.PartnerScopes][]auth.Permission{
		"catalog:read":  {"CATALOG_READ"},
		"catalog:write": {"CATALOG_READ", "CATALOG_WRITE"},
		"events:read": {
			"CATALOG_READ", "EVENTS_READ", "FEEDBACK_READ", "PRICES_READ", "STOCK_READ", "STORES_READ", "TASKS_READ",
		},
		"feedback:write":             {"FEEDBACK_READ", "FEEDBACK_WRITE", "STORES_READ"},
		"inventory:read":             {"CATALOG_READ", "STOCK_READ", "STORES_READ"},
		"inventory:write":            {"STOCK_RECORD"},
		"prices:read":                {"CATALOG_READ", "PRICES_READ", "STORES_READ"},
		"prices:write":               {"PRICES_WRITE"},
		"staff:read":                 {"STAFF_READ"},
		"stores:read":                {"STORES_READ"},
		"catalog:write prices:write": {"CATALOG_READ", "CATALOG_WRITE", "PRICES_WRITE"},
	} {
		viewer := partnerWith(scopes)
		if diff := cmp.Diff(want, viewer.Permissions()); diff != "" {
			t.Errorf("%s, -want +got:\n%s", scopes, diff)
		}
		for _, p := range viewers()[auth.RoleAdmin].Role.Permissions() {
			if got := viewer.Can(p); got != slices.Contains(want, p) {
				t.Errorf("%s can %s: %v", scopes, p, got)
			}
		}
	}
}

// A viewer with fields of both an employee and a partner has no permissions.
func TestViewerCannotBeEmployeeAndPartner(t *testing.T) {
	t.Parallel()
	tokens := newAccessTokens(t)
	every := partnerWith(auth.FullPartnerScopes())
	for name, change := range map[string]func(*auth.Viewer){
		"an employee's id":      func(v *auth.Viewer) { v.EmployeeID = employee },
		"an employee's role":    func(v *auth.Viewer) { v.Role = auth.RoleAdmin },
		"an employee's session": func(v *auth.Viewer) { v.SessionID = session },
		"a store":               func(v *auth.Viewer) { v.StoreID = some(ownStore) },
		"no role":               func(v *auth.Viewer) { v.Role = "" },
		"no client id":          func(v *auth.Viewer) { v.ClientID = "" },
		"no scopes":             func(v *auth.Viewer) { v.Scopes = "" },
		"an unknown scope":      func(v *auth.Viewer) { v.Scopes = "events:read system:manage" },
		"scopes in no order":    func(v *auth.Viewer) { v.Scopes = "prices:write events:read" },
		"no id":                 func(v *auth.Viewer) { v.PartnerID = uuid.Nil },
		"the role alone": func(v *auth.Viewer) {
			*v = auth.Viewer{EmployeeID: employee, SessionID: session, Role: auth.RolePartner}
		},
		"an admin with scopes": func(v *auth.Viewer) {
			*v = auth.Viewer{EmployeeID: employee, SessionID: session, Role: auth.RoleAdmin, Scopes: "events:read"}
		},
	} {
		viewer := every
		change(&viewer)
		if _, _, err := tokens.Issue(viewer); err == nil {
			t.Errorf("%s: there is a token", name)
		}
		if got := auth.ScopeForPartner(viewer, auth.PartnerStores{All: true}); got.All() {
			t.Errorf("%s: it sees the chain", name)
		}
		if viewer.PartnerID != uuid.Nil && viewer.Can(auth.PermissionEventsRead) {
			t.Errorf("%s: it may follow events", name)
		}
	}
}

func TestScopeForPartnerHasItsStores(t *testing.T) {
	t.Parallel()
	viewer := partnerWith("events:read")
	stores := []uuid.UUID{ownStore}
	nothing := seen{StoreIDs: []uuid.UUID{}}
	for name, row := range map[string]struct {
		scope auth.Scope
		want  seen
	}{
		"all stores":   {auth.ScopeForPartner(viewer, auth.PartnerStores{All: true}), seen{All: true, StoreIDs: []uuid.UUID{}, Own: true, Neighbour: true, Far: true}},
		"a list":       {auth.ScopeForPartner(viewer, auth.PartnerStores{IDs: stores}), seen{StoreIDs: stores, Own: true}},
		"an empty one": {auth.ScopeForPartner(viewer, auth.PartnerStores{}), nothing},
		"its token":    {auth.ScopeForViewer(viewer, stores), nothing},
		"an admin":     {auth.ScopeForPartner(viewers()[auth.RoleAdmin], auth.PartnerStores{All: true}), nothing},
	} {
		if diff := cmp.Diff(row.want, look(row.scope)); diff != "" {
			t.Errorf("%s, -want +got:\n%s", name, diff)
		}
	}
}

func TestPartnerTokenHasTheClaimsOfRFC9068(t *testing.T) {
	t.Parallel()
	tokens := newAccessTokens(t)
	want := partnerWith("events:read prices:write")

	token, expiresAt, err := tokens.Issue(want)
	if err != nil {
		t.Fatal(err)
	}

	claims := decode(t, strings.Split(token, ".")[1])
	delete(claims, "jti")
	if diff := cmp.Diff(fields{
		"iss": testIssuer, "aud": []any{testAudience}, "sub": partner.String(), "client_id": "erp", "role": "PARTNER",
		"scope": "events:read prices:write", "iat": float64(testNow.Unix()), "nbf": float64(testNow.Unix()),
		"exp": float64(expiresAt.Unix()),
	}, claims); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want.ExpiresAt = expiresAt
	for _, way := range []string{"first", "cached"} {
		got, err := tokens.Verify(t.Context(), token)
		if err != nil {
			t.Fatalf("%s: %v", way, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, -want +got:\n%s", way, diff)
		}
	}
}

// These tokens are signed with our key but have claims that Issue never writes.
func TestVerifyRejectsTokensThatMixEmployeesAndPartners(t *testing.T) {
	t.Parallel()
	private, _, _ := ownKey(t)
	tokens := newAccessTokens(t)
	good := fields{"role": "PARTNER", "sid": nil, "client_id": "erp", "scope": "events:read"}
	verify := func(changes fields) error {
		claims := maps.Clone(good)
		maps.Copy(claims, changes)
		_, err := tokens.Verify(t.Context(), sign(t, jwt.SigningMethodEdDSA, private, nil, claims))
		return err
	}
	if err := verify(nil); err != nil {
		t.Fatalf("a good one: %v", err)
	}
	for name, changes := range map[string]fields{
		"an admin with scopes":    {"role": "ADMIN", "sid": session.String()},
		"an admin with a client":  {"role": "ADMIN", "sid": session.String(), "scope": nil},
		"an admin, no session":    {"role": "ADMIN", "scope": nil, "client_id": nil},
		"a partner with a sid":    {"sid": session.String()},
		"a partner with a store":  {"store": ownStore.String()},
		"a partner with a region": {"region": ownRegion.String()},
		"no scope":                {"scope": nil},
		"a list of scopes":        {"scope": []string{"events:read"}},
		"an unknown scope":        {"scope": "events:read system:manage"},
		"a scope twice":           {"scope": strings.Repeat("events:read ", 2) + "prices:write"},
		"no client":               {"client_id": nil},
		"nobody":                  {"sub": uuid.Nil.String()},
	} {
		if err := verify(changes); !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParsePartnerScopes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want auth.PartnerScopes
	}{
		{"", ""},
		{"events:read", "events:read"},
		{" prices:write  events:read prices:write ", "events:read prices:write"},
	} {
		if got, err := auth.ParsePartnerScopes(c.text); got != c.want || err != nil {
			t.Errorf("%q: got %q, %v", c.text, got, err)
		}
	}
	for _, text := range []string{"admin", "events:read system:manage", "EVENTS:READ", "events:read,prices:write", "events:read\x00"} {
		if got, err := auth.ParsePartnerScopes(text); !errors.Is(err, auth.ErrInvalidScope) || got != "" {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	if parsed, err := auth.ParsePartnerScopes(string(auth.FullPartnerScopes())); err != nil || parsed != auth.FullPartnerScopes() {
		t.Errorf("all of them: %q, %v", parsed, err)
	}
	if !auth.PartnerScopes("events:read").IsSubsetOf("events:read prices:write") || auth.PartnerScopes("events:read staff:read").IsSubsetOf("events:read") {
		t.Error("Within does not compare the sets")
	}
}

func TestCheckPartnerSecret(t *testing.T) {
	t.Parallel()
	first, firstHash, err := auth.NewPartnerSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	second, secondHash, err := auth.NewPartnerSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	both := [][]byte{firstHash, secondHash}
	for name, c := range map[string]struct {
		hashes [][]byte
		secret string
		right  bool
	}{
		"the first of two":  {both, first, true},
		"the second of two": {both, second, true},
		"ended":             {both[:1], second, false},
		"none":              {nil, first, false},
		"nothing":           {both, "", false},
		"nothing of none":   {nil, "", false},
		"the hash":          {both, string(firstHash), false},
	} {
		if got := auth.CheckPartnerSecret(c.hashes, c.secret); got != c.right {
			t.Errorf("%s: %v", name, got)
		}
	}
	if random, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(first, "aps_")); err != nil || len(random) != 32 || first == second {
		t.Errorf("secrets look like %q (%v)", first, err)
	}
}

func TestNewPartnerSecretNeedsEnoughRandomness(t *testing.T) {
	t.Parallel()
	secret, hash, err := auth.NewPartnerSecret(bytes.NewReader(make([]byte, 31)))
	if !errors.Is(err, io.ErrUnexpectedEOF) || secret != "" || hash != nil {
		t.Errorf("got %q, %x, %v", secret, hash, err)
	}
}
