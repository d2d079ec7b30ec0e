package auth_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"sync"
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
	testSealInfo = "signing keys at rest, AES-256-GCM, version 1"
)

var (
	testNow    = time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)
	testSecret = bytes.Repeat([]byte("s3cret! "), 4)
	testSeed   = bytes.Repeat([]byte("seed"), 8) // of the key that signs at testNow

	employee   = uuid.MustParse("0195a000-0000-7000-8000-000000000001")
	session    = uuid.MustParse("0195a000-0000-7000-8000-000000000002")
	ownStore   = uuid.MustParse("0195a000-0000-7000-8000-000000000003")
	ownRegion  = uuid.MustParse("0195a000-0000-7000-8000-000000000004")
	otherStore = uuid.MustParse("0195a000-0000-7000-8000-000000000005")
	farStore   = uuid.MustParse("0195a000-0000-7000-8000-000000000006")
)

// clock is a clock that a test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func some(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }

// viewers returns a valid viewer of each role.
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

// memoryKeyStore is an auth.KeyStore in memory that can fail.
type memoryKeyStore struct {
	mu      sync.Mutex
	keys    []auth.SealedKey
	failure error
	reads   int
}

func (m *memoryKeyStore) Keys(context.Context) ([]auth.SealedKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	return slices.Clone(m.keys), m.failure
}

func (m *memoryKeyStore) ChangeKeys(_ context.Context, f func([]auth.SealedKey) ([]auth.SealedKey, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failure != nil {
		return m.failure
	}
	keys, err := f(slices.Clone(m.keys))
	if err == nil {
		m.keys = slices.Clone(keys)
	}
	return err
}

// fail makes all calls return err; nil makes them succeed again.
func (m *memoryKeyStore) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failure = err
}

// all returns the stored keys in the order in which they sign.
func (m *memoryKeyStore) all() []auth.SealedKey {
	m.mu.Lock()
	defer m.mu.Unlock()
	auth.SortKeys(m.keys)
	return slices.Clone(m.keys)
}

// ids returns the ids of the stored keys in the order in which they sign.
func (m *memoryKeyStore) ids() []string {
	all := m.all()
	ids := make([]string, len(all))
	for i, k := range all {
		ids[i] = k.ID
	}
	return ids
}

// newKeyStoreWithOwnKey returns a store with ownKey, sealed with testSecret, which has signed for an hour.
func newKeyStoreWithOwnKey(tb testing.TB) *memoryKeyStore {
	tb.Helper()
	_, _, kid := ownKey(tb)
	from := testNow.Add(-time.Hour)
	return &memoryKeyStore{keys: []auth.SealedKey{{ID: kid, Sealed: sealed(tb, testSecret, kid, testSeed), PublishedAt: from, SignsFrom: from}}}
}

// newKeyring opens a keyring with the clock now.
func newKeyring(tb testing.TB, store auth.KeyStore, now func() time.Time) *auth.Keyring {
	tb.Helper()
	keyring := newUnopenedKeyring(tb, store, now)
	if err := keyring.Open(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return keyring
}

func newUnopenedKeyring(tb testing.TB, store auth.KeyStore, now func() time.Time) *auth.Keyring {
	tb.Helper()
	keyring, err := auth.NewKeyring(auth.KeyringConfig{
		Keys: store, Secret: testSecret, TTL: testTTL, Log: quiet(), Now: now,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return keyring
}

// newAccessTokens returns AccessTokens with the configuration of the tests, modified by changes.
func newAccessTokens(tb testing.TB, changes ...func(*auth.AccessTokensConfig)) *auth.AccessTokens {
	tb.Helper()
	now := func() time.Time { return testNow }
	config := auth.AccessTokensConfig{
		Issuer: testIssuer, Audience: testAudience, TTL: testTTL, Keys: newKeyring(tb, newKeyStoreWithOwnKey(tb), now), Now: now,
	}
	for _, change := range changes {
		change(&config)
	}
	tokens, err := auth.NewAccessTokens(config)
	if err != nil {
		tb.Fatal(err)
	}
	return tokens
}

// issue returns a token of a store manager.
func issue(tb testing.TB, tokens *auth.AccessTokens) string {
	tb.Helper()
	token, _, err := tokens.Issue(viewers()[auth.RoleStoreManager])
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

// ownKey returns the key that signs at testNow.
func ownKey(tb testing.TB) (private ed25519.PrivateKey, public ed25519.PublicKey, kid string) {
	tb.Helper()
	private = ed25519.NewKeyFromSeed(testSeed)
	public = ed25519.PublicKey(private[ed25519.SeedSize:])
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(public) + `"}`))
	return private, public, base64.RawURLEncoding.EncodeToString(sum[:])
}

// sealed seals a private key as documented, without code of the package.
func sealed(tb testing.TB, secret []byte, kid string, seed []byte) []byte {
	tb.Helper()
	key, err := hkdf.Key(sha256.New, secret, nil, testSealInfo, 32)
	if err != nil {
		tb.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		tb.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		tb.Fatal(err)
	}
	nonce := []byte("twelve bytes")
	return aead.Seal(nonce, nonce, seed, []byte(kid))
}

// fields is a header or a set of claims. A nil value removes the field.
type fields map[string]any

// sign returns a valid token with changes to its header and claims.
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
