package graphqlhttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/99designs/gqlgen/graphql"

	"aisle/gateway"
	"aisle/gateway/apierror"
)

// decode reads the parameters of a request: from the URL of a GET, or from the body of a POST.
func (h *Handler) decode(ctx context.Context, w http.ResponseWriter, r *http.Request, request gateway.Request) (*graphql.RawParams, error) {
	if request.IsGET {
		return h.decodeURL(ctx, r, request)
	}
	return h.decodeBody(ctx, w, r, request)
}

// decodeBody reads the parameters in the body of a POST. It charges for a large body before it reads it.
func (h *Handler) decodeBody(
	ctx context.Context, w http.ResponseWriter, r *http.Request, request gateway.Request,
) (*graphql.RawParams, error) {
	body, err := h.readBody(ctx, w, r, request)
	if err != nil {
		return nil, tokenErrorFirst(request.AuthErr, err)
	}
	params, err := h.config.Gateway.DecodeBody(ctx, body)
	if err != nil {
		return nil, err
	}
	params.Headers = r.Header
	return params, nil
}

// decodeURL reads the parameters in the URL of a GET.
func (h *Handler) decodeURL(ctx context.Context, r *http.Request, request gateway.Request) (*graphql.RawParams, error) {
	request.Account.SetSize(len(r.URL.RawQuery)) // the server limits the size of the header, and so that of the URL
	if err := request.Account.ChargeLargeRequest(ctx); err != nil {
		return nil, tokenErrorFirst(request.AuthErr, err)
	}
	params, err := h.config.Gateway.DecodeURL(ctx, r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	params.Headers = r.Header
	return params, nil
}

// tokenErrorFirst replaces the error of a limit by that of the token: a client with an invalid token must learn that first.
func tokenErrorFirst(authErr, err error) error {
	known := new(apierror.Error)
	if authErr == nil || !errors.As(err, &known) {
		return err
	}
	if known.Code == apierror.CodeLimit || known.Code == apierror.CodeRateLimited {
		return authErr
	}
	return err
}

// readBody reads the body. Without a token it may only be short. A body without a Content-Length is charged after it was read, before it
// is decoded.
func (h *Handler) readBody(ctx context.Context, w http.ResponseWriter, r *http.Request, request gateway.Request) ([]byte, error) {
	limit, name := h.config.MaxBody, "the limit"
	if request.Viewer.Anonymous() {
		limit, name = h.config.MaxAnonymousBody, "the limit without an access token"
	}
	request.Account.SetSize(int(min(r.ContentLength, limit)))
	if err := request.Account.ChargeLargeRequest(ctx); err != nil {
		return nil, err
	}
	body, err := readLimited(w, r, limit, name)
	if err != nil || r.ContentLength >= 0 {
		return body, err
	}
	request.Account.SetSize(len(body))
	return body, request.Account.ChargeLargeRequest(ctx)
}

// readLimited reads a body of at most limit bytes. name is what the error calls the limit.
func readLimited(w http.ResponseWriter, r *http.Request, limit int64, name string) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	tooLarge := new(http.MaxBytesError)
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &tooLarge):
		return nil, withStatus(http.StatusRequestEntityTooLarge,
			apierror.New(apierror.CodeLimit, "The body is larger than %d bytes, %s.", limit, name))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, withStatus(http.StatusRequestTimeout, apierror.New(apierror.CodeTimeout, "The body took too long to arrive."))
	default:
		return nil, apierror.New(apierror.CodeBadRequest, "The body did not arrive completely.")
	}
}
