package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/gateway/apierror"
	"aisle/server/clientinfo"
	"aisle/server/origin"
)

// TokenPath is the path of the token endpoint.
const TokenPath = "/oauth/token" //nolint:gosec // a path

// GrantFunc returns an access token for a partner's system, and the viewer that it stands for. Its errors are auth.ErrInvalidClient,
// auth.ErrInvalidScope, an auth.ThrottledError, or internal.
type GrantFunc func(ctx context.Context, clientID, secret, scope string) (v auth.Viewer, token string, err error)

// TokenConfig configures a TokenEndpoint. All of it must be set.
type TokenConfig struct {
	Grant   GrantFunc
	Clients clientinfo.Reader
	Origins *origin.Policy
	Errors  *apierror.Presenter
	Timeout time.Duration
	Log     *slog.Logger
	Now     func() time.Time
}

// A TokenEndpoint answers the client_credentials grant of RFC 6749, section 4.4.
type TokenEndpoint struct{ config TokenConfig }

// NewTokenEndpoint returns a TokenEndpoint.
func NewTokenEndpoint(config TokenConfig) *TokenEndpoint { return &TokenEndpoint{config} }

// tokenResponse is the response of RFC 6749, section 5.1.
type tokenResponse struct {
	Token     string             `json:"access_token"`
	Type      string             `json:"token_type"`
	ExpiresIn int                `json:"expires_in"` // seconds
	Scope     auth.PartnerScopes `json:"scope"`
}

// ServeHTTP answers a request for a token, and logs it.
func (e *TokenEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	request, err := e.parse(w, r)
	var viewer auth.Viewer
	var response any
	if err == nil {
		viewer, response, err = e.grant(auth.WithClient(r.Context(), e.config.Clients.Client(r)), request)
	}
	status, outcome := http.StatusOK, "granted"
	if err != nil {
		refused := tokenErrorOf(r.Context(), e.config.Errors, err)
		status, outcome, response = refused.status, refused.Code, refused
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="aisle", charset="UTF-8"`)
	}
	if throttled := new(auth.ThrottledError); errors.As(err, &throttled) {
		w.Header().Set("Retry-After", strconv.Itoa(throttled.Seconds()))
	}
	body, err := json.Marshal(response)
	if err != nil { // strings and numbers can be encoded
		panic(err)
	}
	e.config.Log.LogAttrs(r.Context(), slog.LevelInfo, "token",
		slog.String("outcome", outcome),
		slog.String("viewer", idOrEmpty(viewer.PartnerID)),
		slog.String("role", string(viewer.Role)),
		slog.String("scope", string(viewer.Scopes)),
		slog.Int("status", status),
	)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // nobody is left to tell
}

func (e *TokenEndpoint) grant(ctx context.Context, request tokenRequest) (auth.Viewer, tokenResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, e.config.Timeout)
	defer cancel()
	viewer, token, err := e.config.Grant(ctx, request.clientID, request.secret, request.scope)
	if err != nil {
		return auth.Viewer{}, tokenResponse{}, err
	}
	left := int(math.Floor(viewer.ExpiresAt.Sub(e.config.Now()).Seconds()))
	return viewer, tokenResponse{Token: token, Type: "Bearer", ExpiresIn: left, Scope: viewer.Scopes}, nil
}

// parse reads the request. A page of another site could send the form without a preflight. It would learn nothing, but wrong secrets
// count, and would keep all who share the address from signing in.
func (e *TokenEndpoint) parse(w http.ResponseWriter, r *http.Request) (tokenRequest, error) {
	if !e.config.Origins.Allows(r) {
		return tokenRequest{}, invalidRequest(http.StatusForbidden, "Pages of other sites may not use this server.")
	}
	return parseTokenRequest(w, r)
}

func idOrEmpty(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}
