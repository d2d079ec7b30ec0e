package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"aisle/auth"
)

const (
	jwksPath   = "/.well-known/jwks.json"
	openIDPath = "/.well-known/openid-configuration"

	// keysMayBeKept is far shorter than auth.KeyActivationDelay: who keeps an answer knows each key before it signs.
	keysMayBeKept = "public, max-age=300"
)

// WellKnown tells other services how to verify our tokens. Everybody may read it.
type WellKnown struct {
	Issuer string                 // iss of our tokens, which may be a URL
	JWKS   func() ([]byte, error) // our public keys; nil serves none of this

	grants bool // there is a token endpoint
}

// handle serves it. grants says whether tokens can be had at the token endpoint.
func (k WellKnown) handle(mux *http.ServeMux, grants bool) {
	if k.JWKS == nil {
		return
	}
	k.grants = grants
	mux.HandleFunc("GET "+jwksPath, k.serveKeys)
	mux.HandleFunc("GET "+openIDPath, k.serveConfiguration)
}

// serveKeys answers the public keys as a JSON Web Key Set (RFC 7517).
func (k WellKnown) serveKeys(w http.ResponseWriter, _ *http.Request) {
	keys, err := k.JWKS()
	if err != nil { // the middleware reports it, and answers
		panic(err)
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", keysMayBeKept)
	_, _ = w.Write(keys) // nobody is left to tell
}

// openIDConfiguration is what is true of us of OpenID Connect Discovery: employees get tokens through the API, so there is no
// endpoint that sends browsers around. Partners' systems have the token endpoint.
type openIDConfiguration struct {
	Issuer        string   `json:"issuer"`
	Keys          string   `json:"jwks_uri"`
	ResponseTypes []string `json:"response_types_supported"`
	SubjectTypes  []string `json:"subject_types_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`

	TokenEndpoint string              `json:"token_endpoint,omitempty"`
	GrantTypes    []string            `json:"grant_types_supported,omitempty"`
	ClientAuth    []string            `json:"token_endpoint_auth_methods_supported,omitempty"`
	Scopes        []auth.PartnerScope `json:"scopes_supported,omitempty"`
}

// serveConfiguration answers where the keys are.
func (k WellKnown) serveConfiguration(w http.ResponseWriter, r *http.Request) {
	base, fixed := k.base(r)
	says := openIDConfiguration{
		Issuer: k.Issuer, Keys: base + jwksPath,
		ResponseTypes: []string{}, SubjectTypes: []string{"public"}, Algorithms: []string{"EdDSA"},
	}
	if k.grants {
		says.TokenEndpoint, says.GrantTypes = base+tokenPath, []string{"client_credentials"}
		says.ClientAuth = []string{"client_secret_basic", "client_secret_post"}
		says.Scopes = auth.AllPartnerScopes()
	}
	text, err := json.Marshal(says)
	if err != nil { // strings can be written
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if fixed {
		w.Header().Set("Cache-Control", keysMayBeKept)
	}
	_, _ = w.Write(text) // nobody is left to tell
}

// base is where we are reached. An issuer that is a URL says it. Else it is where this request came to, which the client
// says: then the answer must not be kept, or one client could say it for others.
func (k WellKnown) base(r *http.Request) (base string, fixed bool) {
	if u, err := url.Parse(k.Issuer); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		return strings.TrimSuffix(k.Issuer, "/"), true
	}
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host}).String(), false
}
