package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"aisle/auth"
)

const (
	tokenPath    = "/oauth/token" //nolint:gosec // a path
	tokenBody    = 16 << 10       // bytes of a request for a token, of which a good one has about 200
	formEncoded  = "application/x-www-form-urlencoded"
	clientSecret = "client_secret"
)

// GrantFunc gives a partner's system an access token (resolvers.PartnerTokens). The viewer is what it stands for. Its errors
// are auth.ErrInvalidClient, auth.ErrInvalidScope, or faults.
type GrantFunc func(ctx context.Context, clientID, secret, scope string) (v auth.Viewer, token string, err error)

// oauthError is an answer of RFC 6749, section 5.2. The description is a sentence in its characters: no quotes.
type oauthError struct {
	status int

	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// Error gives the sentence.
func (e *oauthError) Error() string { return e.Description }

func invalidRequest(description string) *oauthError {
	return &oauthError{http.StatusBadRequest, "invalid_request", description}
}

// issued is an answer of section 5.1.
type issued struct {
	Token     string             `json:"access_token"`
	Type      string             `json:"token_type"`
	ExpiresIn int                `json:"expires_in"` // seconds
	Scope     auth.PartnerScopes `json:"scope"`
}

// tokenRequest is what a client asks for.
type tokenRequest struct{ clientID, secret, scope string }

// serveToken answers partners' systems with access tokens: client_credentials of RFC 6749, section 4.4.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	request, err := s.tokenRequest(w, r)
	var viewer auth.Viewer
	var answer any
	if err == nil {
		viewer, answer, err = s.grant(auth.WithClient(r.Context(), s.clientOf(r)), request)
	}
	status, outcome := http.StatusOK, "granted"
	if err != nil {
		refused := s.oauthErrorOf(r.Context(), err)
		status, outcome, answer = refused.status, refused.Code, refused
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="aisle", charset="UTF-8"`)
	}
	if wait := new(auth.ThrottledError); errors.As(err, &wait) {
		w.Header().Set("Retry-After", strconv.Itoa(wait.Seconds()))
	}
	body, err := json.Marshal(answer)
	if err != nil { // strings and numbers can be written
		panic(err)
	}
	s.config.Log.LogAttrs(r.Context(), slog.LevelInfo, "token",
		slog.String("outcome", outcome),
		slog.String("viewer", idOrNone(viewer.PartnerID)),
		slog.String("role", string(viewer.Role)),
		slog.String("scope", string(viewer.Scopes)),
		slog.Int("status", status),
	)
	w.Header().Set("Content-Type", mediaJSON)
	w.WriteHeader(status)
	_, _ = w.Write(body) // nobody is left to tell
}

// grant gives what was asked for.
func (s *Server) grant(ctx context.Context, request tokenRequest) (auth.Viewer, issued, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Limits.Request)
	defer cancel()
	viewer, token, err := s.config.Grant(ctx, request.clientID, request.secret, request.scope)
	if err != nil {
		return auth.Viewer{}, issued{}, err
	}
	left := int(math.Floor(viewer.ExpiresAt.Sub(s.config.Now()).Seconds()))
	return viewer, issued{Token: token, Type: "Bearer", ExpiresIn: left, Scope: viewer.Scopes}, nil
}

// oauthErrorOf is what a client is told of an error.
func (s *Server) oauthErrorOf(ctx context.Context, err error) *oauthError {
	own, wait := new(oauthError), new(auth.ThrottledError)
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, auth.ErrInvalidClient):
		return &oauthError{http.StatusUnauthorized, "invalid_client", auth.ErrInvalidClient.Error()}
	case errors.Is(err, auth.ErrInvalidScope):
		return &oauthError{http.StatusBadRequest, "invalid_scope", auth.ErrInvalidScope.Error()}
	case errors.As(err, &wait): // the RFC has no code for it
		return &oauthError{
			http.StatusTooManyRequests, "slow_down",
			fmt.Sprintf("Too many secrets were wrong. Try again in %d seconds.", wait.Seconds()),
		}
	default: // the code is that of the authorization endpoint: the token endpoint's section knows no faults of ours
		return &oauthError{http.StatusInternalServerError, "server_error", masked(s.report(ctx, err))}
	}
}

// tokenRequest reads a request for a token. Pages of other sites could send the form without a preflight: they would learn
// nothing, but wrong secrets count, and keep all who share the address from signing in.
func (s *Server) tokenRequest(w http.ResponseWriter, r *http.Request) (tokenRequest, error) {
	if !s.mayAsk(r) {
		refused := invalidRequest("Pages of other sites may not use this server.")
		refused.status = http.StatusForbidden
		return tokenRequest{}, refused
	}
	return readTokenRequest(w, r)
}

// readTokenRequest reads a request for a token, and what its client proves itself with.
func readTokenRequest(w http.ResponseWriter, r *http.Request) (tokenRequest, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refused := invalidRequest("Ask for a token with POST.")
		refused.status = http.StatusMethodNotAllowed
		return tokenRequest{}, refused
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != formEncoded {
		return tokenRequest{}, invalidRequest("Send the parameters as " + formEncoded + ".")
	}
	if r.URL.RawQuery != "" { // URLs get into logs
		return tokenRequest{}, invalidRequest("Send the parameters in the body, and none in the URL.")
	}
	form, err := readForm(w, r)
	if err != nil {
		return tokenRequest{}, err
	}
	switch form.Get("grant_type") {
	case "client_credentials":
	case "":
		return tokenRequest{}, invalidRequest("The parameter grant_type is missing: it is client_credentials.")
	default:
		return tokenRequest{}, &oauthError{
			http.StatusBadRequest, "unsupported_grant_type", "The only grant_type here is client_credentials.",
		}
	}
	return authenticated(r.Header, form)
}

// readForm reads the body's parameters, each of which may be there once.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, tokenBody))
	if errors.As(err, new(*http.MaxBytesError)) {
		refused := invalidRequest("The body is larger than 16384 bytes, the limit.")
		refused.status = http.StatusRequestEntityTooLarge
		return nil, refused
	}
	if err != nil {
		return nil, invalidRequest("The body did not arrive whole.")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, invalidRequest("The body is not " + formEncoded + ".")
	}
	for _, values := range form {
		if len(values) > 1 {
			return nil, invalidRequest("A parameter is there more than once.")
		}
	}
	return form, nil
}

// authenticated finds what the client proves itself with (section 2.3.1): HTTP Basic, or the form.
func authenticated(header http.Header, form url.Values) (tokenRequest, error) {
	request := tokenRequest{form.Get("client_id"), form.Get(clientSecret), form.Get("scope")}
	credentials := header.Values("Authorization")
	switch {
	case len(credentials) > 1:
		return tokenRequest{}, invalidRequest("There is more than one Authorization header.")
	case len(credentials) == 0 && (request.clientID == "" || request.secret == ""):
		return tokenRequest{}, &oauthError{
			http.StatusUnauthorized, "invalid_client", "Send the client id and the secret by HTTP Basic, or as client_id and client_secret.",
		}
	case len(credentials) == 0:
		return request, nil
	}
	id, secret, ok := basic(credentials[0])
	switch {
	case !ok:
		return tokenRequest{}, auth.ErrInvalidClient
	case request.secret != "" || request.clientID != "" && request.clientID != id:
		return tokenRequest{}, invalidRequest("Send the client id and the secret once: by HTTP Basic or in the form, not both.")
	}
	request.clientID, request.secret = id, secret
	return request, nil
}

// basic reads an Authorization header. The id and the secret are form-encoded before they are joined, as RFC 6749 has it.
func basic(value string) (id, secret string, ok bool) {
	id, secret, ok = (&http.Request{Header: http.Header{"Authorization": {value}}}).BasicAuth()
	if !ok {
		return "", "", false
	}
	id, badID := url.QueryUnescape(id)
	secret, badSecret := url.QueryUnescape(secret)
	return id, secret, badID == nil && badSecret == nil
}
