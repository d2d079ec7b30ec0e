package oauth

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"

	"aisle/auth"
)

const (
	maxTokenBody = 16 << 10 // bytes; a valid request has about 200
	formEncoded  = "application/x-www-form-urlencoded"
	clientSecret = "client_secret"
)

type tokenRequest struct{ clientID, secret, scope string }

// parseTokenRequest reads a request for a token, and the client's credentials.
func parseTokenRequest(w http.ResponseWriter, r *http.Request) (tokenRequest, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return tokenRequest{}, invalidRequest(http.StatusMethodNotAllowed, "Ask for a token with POST.")
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != formEncoded {
		return tokenRequest{}, invalidRequest(http.StatusBadRequest, "Send the parameters as "+formEncoded+".")
	}
	if r.URL.RawQuery != "" { // URLs get into logs
		return tokenRequest{}, invalidRequest(http.StatusBadRequest, "Send the parameters in the body, and none in the URL.")
	}
	form, err := readForm(w, r)
	if err != nil {
		return tokenRequest{}, err
	}
	switch form.Get("grant_type") {
	case "client_credentials":
	case "":
		return tokenRequest{}, invalidRequest(http.StatusBadRequest, "The parameter grant_type is missing: send client_credentials.")
	default:
		return tokenRequest{}, &tokenError{
			http.StatusBadRequest, "unsupported_grant_type", "The only grant_type here is client_credentials.",
		}
	}
	return readCredentials(r.Header, form)
}

// readForm reads the parameters of the body, each of which may occur once.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxTokenBody))
	if errors.As(err, new(*http.MaxBytesError)) {
		return nil, invalidRequest(http.StatusRequestEntityTooLarge, "The body is larger than 16384 bytes, the limit.")
	}
	if err != nil {
		return nil, invalidRequest(http.StatusBadRequest, "The body did not arrive completely.")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, invalidRequest(http.StatusBadRequest, "The body is not "+formEncoded+".")
	}
	for _, values := range form {
		if len(values) > 1 {
			return nil, invalidRequest(http.StatusBadRequest, "A parameter occurs more than once.")
		}
	}
	return form, nil
}

// readCredentials reads the client's credentials (RFC 6749, section 2.3.1): from HTTP Basic, or from the form.
func readCredentials(header http.Header, form url.Values) (tokenRequest, error) {
	request := tokenRequest{form.Get("client_id"), form.Get(clientSecret), form.Get("scope")}
	credentials := header.Values("Authorization")
	switch {
	case len(credentials) > 1:
		return tokenRequest{}, invalidRequest(http.StatusBadRequest, "There is more than one Authorization header.")
	case len(credentials) == 0 && (request.clientID == "" || request.secret == ""):
		return tokenRequest{}, &tokenError{
			http.StatusUnauthorized, "invalid_client", "Send the client id and the secret by HTTP Basic, or as client_id and client_secret.",
		}
	case len(credentials) == 0:
		return request, nil
	}
	id, secret, ok := parseBasic(credentials[0])
	switch {
	case !ok:
		return tokenRequest{}, auth.ErrInvalidClient
	case request.secret != "" || request.clientID != "" && request.clientID != id:
		return tokenRequest{}, invalidRequest(http.StatusBadRequest,
			"Send the client id and the secret once: by HTTP Basic or in the form, not both.")
	}
	request.clientID, request.secret = id, secret
	return request, nil
}

// parseBasic reads an Authorization header. RFC 6749 has the id and the secret form-encoded before they are joined.
func parseBasic(value string) (id, secret string, ok bool) {
	id, secret, ok = (&http.Request{Header: http.Header{"Authorization": {value}}}).BasicAuth()
	if !ok {
		return "", "", false
	}
	id, idErr := url.QueryUnescape(id)
	secret, secretErr := url.QueryUnescape(secret)
	return id, secret, idErr == nil && secretErr == nil
}
