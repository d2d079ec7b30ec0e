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

const foreignIssuer = "https://id.test/realms/chain"

// keyServer is a foreign issuer: its keys, and the server that publishes them.
type keyServer struct {
	*httptest.Server

	rsa     *rsa.PrivateKey
	ec      *ecdsa.PrivateKey
	ed      ed25519.PrivateKey
	mu      sync.Mutex
	answer  http.HandlerFunc
	fetches int
}

// rsaKey is one that all key servers share, because making one takes long: they differ by their other keys.
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

// answers changes what the server answers.
func (s *keyServer) answers(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = h
}

// thenCalls calls f after the next answer has been asked for.
func (s *keyServer) thenCalls(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := s.answer
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		answer(w, r)
		f()
	}
}

// publish makes it answer these keys.
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

// keys are its keys, as Keycloak publishes them.
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

// foreignToken signs a token as Keycloak has them, right in everything but the changes.
func foreignToken(t *testing.T, method jwt.SigningMethod, key any, header, claims fields) string {
	t.Helper()
	all := jwt.MapClaims{
		"iss": foreignIssuer, "aud": []string{"account", testAudience}, "sub": "5d5f", "typ": "Bearer", "preferred_username": "manager.1",
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

// good is a token that is right in everything.
func (s *keyServer) good(t *testing.T) string {
	t.Helper()
	return foreignToken(t, jwt.SigningMethodES256, s.ec, fields{"kid": "ec"}, nil)
}

// people are the employees by login, and by id.
type people struct {
	mu      sync.Mutex
	byLogin map[string]auth.Viewer
	byID    map[string]auth.Viewer
	failure error
}

func (p *people) FindByLogin(_ context.Context, login string) (auth.Viewer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byLogin[login], p.failure
}

func (p *people) FindByID(_ context.Context, id string) (auth.Viewer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byID[id], p.failure
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// manager is whom the tokens name: without a session of ours.
func manager() auth.Viewer {
	v := viewers()[auth.RoleStoreManager]
	v.SessionID = [16]byte{}
	return v
}

// door is Tokens that take a foreign issuer's, and all that a test may move.
type door struct {
	*auth.AccessTokens

	server  *keyServer
	people  *people
	clock   *clock
	foreign *auth.ExternalIssuers
}

func newDoor(t *testing.T, changes ...func(*auth.ExternalIssuerConfig)) door {
	t.Helper()
	d := door{server: newKeyServer(t), clock: &clock{now: testNow}, people: &people{
		byLogin: map[string]auth.Viewer{"manager.1": manager()}, byID: map[string]auth.Viewer{"employee_01": manager()},
	}}
	config := auth.ExternalIssuerConfig{Issuer: foreignIssuer, Audience: testAudience, JWKS: d.server.URL, Login: "preferred_username"}
	for _, change := range changes {
		change(&config)
	}
	d.foreign = auth.NewExternalIssuers([]auth.ExternalIssuerConfig{config}, d.people, quiet(), d.clock.Now)
	d.AccessTokens = newTokens(t, func(c *auth.AccessTokensConfig) { c.External, c.Now = d.foreign, d.clock.Now })
	return d
}

// later moves the clock.
func (d door) later(by time.Duration) { d.clock.now = d.clock.now.Add(by) }
