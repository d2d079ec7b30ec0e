package auth_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"aisle/auth"
)

const externalIssuerURL = "https://id.test/realms/chain"

// keyServer is an external issuer: its private keys, and the server that publishes the public keys.
type keyServer struct {
	*httptest.Server

	rsa     *rsa.PrivateKey
	ec      *ecdsa.PrivateKey
	ed      ed25519.PrivateKey
	mu      sync.Mutex
	answer  http.HandlerFunc
	fetches int
}

// rsaKey is shared by all key servers, because generating it is slow. They differ in their other keys.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func newKeyServer(t *testing.T) *keyServer {
	t.Helper()
	s := &keyServer{rsa: rsaKey()}
	var err error
	if s.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, s.ed, err = ed25519.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	s.publish(s.keys()...)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.fetches++
		answer := s.answer
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// answers sets the handler of the server.
func (s *keyServer) answers(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = h
}

// thenCalls makes the server call f after each response.
func (s *keyServer) thenCalls(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := s.answer
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		answer(w, r)
		f()
	}
}

// publish makes the server publish keys.
func (s *keyServer) publish(keys ...fields) {
	text, err := json.Marshal(fields{"keys": keys})
	if err != nil {
		panic(err)
	}
	s.answers(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) })
}

func (s *keyServer) fetched() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetches
}

// keys returns its public keys in the format of Keycloak.
func (s *keyServer) keys() []fields {
	return []fields{publicJWK("rsa", s.rsa.Public()), publicJWK("ec", s.ec.Public()), publicJWK("ed", s.ed.Public())}
}

func publicJWK(kid string, key crypto.PublicKey) fields {
	encode := base64.RawURLEncoding.EncodeToString
	switch k := key.(type) {
	case *rsa.PublicKey:
		return fields{
			"kid": kid, "kty": "RSA", "alg": "RS256", "use": "sig", "x5c": []string{"MIIB"},
			"n": encode(k.N.Bytes()), "e": encode(big.NewInt(int64(k.E)).Bytes()),
		}
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		if err != nil {
			panic(err)
		}
		half := (len(point) - 1) / 2
		return fields{"kid": kid, "kty": "EC", "crv": k.Curve.Params().Name, "x": encode(point[1 : 1+half]), "y": encode(point[1+half:])}
	case ed25519.PublicKey:
		return fields{"kid": kid, "kty": "OKP", "crv": "Ed25519", "use": "sig", "x": encode(k)}
	default:
		panic("no such key")
	}
}

// signExternalToken signs a valid token in the format of Keycloak, with changes to its header and claims.
func signExternalToken(t *testing.T, method jwt.SigningMethod, key any, header, claims fields) string {
	t.Helper()
	all := jwt.MapClaims{
		"iss": externalIssuerURL, "aud": []string{"account", testAudience}, "sub": "5d5f", "typ": "Bearer", "preferred_username": "manager.1",
		"iat": testNow.Unix(), "exp": testNow.Add(testTTL).Unix(), "realm_access": fields{"roles": []string{"ADMIN"}}, "role": "ADMIN",
	}
	merge(all, claims)
	token := jwt.NewWithClaims(method, all)
	merge(token.Header, header)
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// good returns a valid token.
func (s *keyServer) good(t *testing.T) string {
	t.Helper()
	return signExternalToken(t, jwt.SigningMethodES256, s.ec, fields{"kid": "ec"}, nil)
}

// fakeDirectory is an auth.EmployeeDirectory in memory.
type fakeDirectory struct {
	mu      sync.Mutex
	byLogin map[string]auth.Viewer
	byID    map[string]auth.Viewer
	failure error
}

func (p *fakeDirectory) FindByLogin(_ context.Context, login string) (auth.Viewer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byLogin[login], p.failure
}

func (p *fakeDirectory) FindByID(_ context.Context, id string) (auth.Viewer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byID[id], p.failure
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// manager returns the viewer that the tokens identify. It has no session.
func manager() auth.Viewer {
	v := viewers()[auth.RoleStoreManager]
	v.SessionID = [16]byte{}
	return v
}

// externalFixture has AccessTokens that accept an external issuer, and what a test can change.
type externalFixture struct {
	*auth.AccessTokens

	server    *keyServer
	directory *fakeDirectory
	clock     *clock
	issuers   *auth.ExternalIssuers
}

func newExternalFixture(t *testing.T, changes ...func(*auth.ExternalIssuerConfig)) externalFixture {
	t.Helper()
	d := externalFixture{server: newKeyServer(t), clock: &clock{now: testNow}, directory: &fakeDirectory{
		byLogin: map[string]auth.Viewer{"manager.1": manager()}, byID: map[string]auth.Viewer{"employee_01": manager()},
	}}
	config := auth.ExternalIssuerConfig{Issuer: externalIssuerURL, Audience: testAudience, JWKS: d.server.URL, Login: "preferred_username"}
	for _, change := range changes {
		change(&config)
	}
	d.issuers = auth.NewExternalIssuers([]auth.ExternalIssuerConfig{config}, d.directory, quiet(), d.clock.Now)
	d.AccessTokens = newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.External, c.Now = d.issuers, d.clock.Now })
	return d
}

// later advances the clock.
func (d externalFixture) later(by time.Duration) { d.clock.now = d.clock.now.Add(by) }
