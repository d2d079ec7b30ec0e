package auth_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"aisle/auth"
)

const (
	testIssuer   = "https://aisle.test"
	testAudience = "aisle"
	testTTL      = 5 * time.Minute
	testLeeway   = 30 * time.Second
	testKeyInfo  = "access token signing key, Ed25519, version 1"
)

var (
	testNow    = time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)
	testSecret = bytes.Repeat([]byte("s3cret! "), 4)

	employee   = uuid.MustParse("0195a000-0000-7000-8000-000000000001")
	session    = uuid.MustParse("0195a000-0000-7000-8000-000000000002")
	ownStore   = uuid.MustParse("0195a000-0000-7000-8000-000000000003")
	ownRegion  = uuid.MustParse("0195a000-0000-7000-8000-000000000004")
	otherStore = uuid.MustParse("0195a000-0000-7000-8000-000000000005")
	farStore   = uuid.MustParse("0195a000-0000-7000-8000-000000000006")
)

// clock is a time that a test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func some(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }

// viewers are one of each role, well-formed.
func viewers() map[auth.Role]auth.Viewer {
	inStore := func(role auth.Role) auth.Viewer {
		return auth.Viewer{
			EmployeeID: employee, Role: role, StoreID: some(ownStore), RegionID: some(ownRegion), SessionID: session,
		}
	}
	return map[auth.Role]auth.Viewer{
		auth.RoleAssociate:    inStore(auth.RoleAssociate),
		auth.RoleSupervisor:   inStore(auth.RoleSupervisor),
		auth.RoleStoreManager: inStore(auth.RoleStoreManager),
		auth.RoleRegionManager: {
			EmployeeID: employee, Role: auth.RoleRegionManager, RegionID: some(ownRegion), SessionID: session,
		},
		auth.RoleAdmin: {EmployeeID: employee, Role: auth.RoleAdmin, SessionID: session},
	}
}

// newTokens makes Tokens of the test's configuration, changed by the given functions.
func newTokens(tb testing.TB, changes ...func(*auth.TokensConfig)) *auth.Tokens {
	tb.Helper()
	config := auth.TokensConfig{
		Issuer: testIssuer, Audience: testAudience, TTL: testTTL, Secret: testSecret,
		Now: func() time.Time { return testNow },
	}
	for _, change := range changes {
		change(&config)
	}
	tokens, err := auth.NewTokens(config)
	if err != nil {
		tb.Fatal(err)
	}
	return tokens
}

// issue returns a token of a store manager.
func issue(tb testing.TB, tokens *auth.Tokens) string {
	tb.Helper()
	token, _, err := tokens.Issue(viewers()[auth.RoleStoreManager])
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

// ownKey derives the key of testSecret the way that the documentation has it, without the package's help.
func ownKey(tb testing.TB) (private ed25519.PrivateKey, public ed25519.PublicKey, kid string) {
	tb.Helper()
	seed, err := hkdf.Key(sha256.New, testSecret, nil, testKeyInfo, ed25519.SeedSize)
	if err != nil {
		tb.Fatal(err)
	}
	private = ed25519.NewKeyFromSeed(seed)
	public = ed25519.PublicKey(private[ed25519.SeedSize:])
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(public) + `"}`))
	return private, public, base64.RawURLEncoding.EncodeToString(sum[:])
}

// fields is a header or a set of claims. A nil value takes the field away.
type fields map[string]any

// sign makes a token that is right in everything but the changes.
func sign(tb testing.TB, method jwt.SigningMethod, key any, header, claims fields) string {
	tb.Helper()
	_, _, kid := ownKey(tb)
	all := jwt.MapClaims{
		"iss": testIssuer, "aud": testAudience, "sub": employee.String(), "sid": session.String(), "jti": "1",
		"iat": testNow.Unix(), "nbf": testNow.Unix(), "exp": testNow.Add(testTTL).Unix(), "role": auth.RoleAdmin,
	}
	merge(all, claims)
	token := jwt.NewWithClaims(method, all)
	merge(token.Header, fields{"typ": "at+jwt", "kid": kid})
	merge(token.Header, header)
	signed, err := token.SignedString(key)
	if err != nil {
		tb.Fatal(err)
	}
	return signed
}

func merge(into map[string]any, changes fields) {
	maps.Copy(into, changes)
	maps.DeleteFunc(into, func(_ string, value any) bool { return value == nil })
}
