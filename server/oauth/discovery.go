package oauth

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

	// cacheKeys is far shorter than auth.KeyActivationDelay: whoever caches a response knows each key before it signs.
	cacheKeys = "public, max-age=300"
)

// Discovery tells other services how to verify access tokens. Anyone may read it. The zero value serves nothing.
type Discovery struct {
	Issuer string                 // iss of the tokens, which may be a URL
	JWKS   func() ([]byte, error) // the public keys; nil serves nothing

	hasTokenEndpoint bool
}

// Handle adds the routes. hasTokenEndpoint reports whether TokenPath is served.
func (d Discovery) Handle(mux *http.ServeMux, hasTokenEndpoint bool) {
	if d.JWKS == nil {
		return
	}
	d.hasTokenEndpoint = hasTokenEndpoint
	mux.HandleFunc("GET "+jwksPath, d.serveKeys)
	mux.HandleFunc("GET "+openIDPath, d.serveConfiguration)
}

// serveKeys responds with a JSON Web Key Set (RFC 7517).
func (d Discovery) serveKeys(w http.ResponseWriter, _ *http.Request) {
	keys, err := d.JWKS()
	if err != nil { // the middleware reports it, and responds
		panic(err)
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", cacheKeys)
	_, _ = w.Write(keys) // nobody is left to tell
}

// openIDConfiguration is the part of OpenID Connect Discovery that applies: employees get tokens through the API, so there is no
// authorization endpoint. Partners' systems have the token endpoint.
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

func (d Discovery) serveConfiguration(w http.ResponseWriter, r *http.Request) {
	base, fixed := d.baseURL(r)
	configuration := openIDConfiguration{
		Issuer: d.Issuer, Keys: base + jwksPath,
		ResponseTypes: []string{}, SubjectTypes: []string{"public"}, Algorithms: []string{"EdDSA"},
	}
	if d.hasTokenEndpoint {
		configuration.TokenEndpoint, configuration.GrantTypes = base+TokenPath, []string{"client_credentials"}
		configuration.ClientAuth = []string{"client_secret_basic", "client_secret_post"}
		configuration.Scopes = auth.AllPartnerScopes()
	}
	body, err := json.Marshal(configuration)
	if err != nil { // strings can be encoded
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if fixed {
		w.Header().Set("Cache-Control", cacheKeys)
	}
	_, _ = w.Write(body) // nobody is left to tell
}

// baseURL returns the URL of this server. An issuer that is a URL names it. Else it is the one that this request was sent to, which the
// client chooses: nobody may cache that, or one client could decide it for others.
func (d Discovery) baseURL(r *http.Request) (base string, fixed bool) {
	if u, err := url.Parse(d.Issuer); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		return strings.TrimSuffix(d.Issuer, "/"), true
	}
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host}).String(), false
}
