package graphqlhttp

import (
	"context"
	"net/http"

	"aisle/auth"
	"aisle/gateway"
	"aisle/gateway/apierror"
)

// ServeHTTP answers one operation, and records it.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started, client := h.config.Now(), h.config.Clients.Client(r)
	ctx := gateway.NewContext(r.Context(), client)
	done := h.serve(ctx, w, r, client)
	h.config.Gateway.Record(ctx, gateway.OperationRecord{
		Client: client, Viewer: done.request.Viewer, Result: done.result, Status: done.status, Bytes: done.bytes,
		Elapsed: h.config.Now().Sub(started),
	})
}

// serve negotiates, authenticates, decodes, executes and responds.
func (h *Handler) serve(ctx context.Context, w http.ResponseWriter, r *http.Request, client auth.Client) reply {
	wanted, err := h.negotiate(r)
	respond := responder{gateway: h.config.Gateway, w: w, wanted: wanted}
	if err != nil {
		return respond.reject(ctx, gateway.Request{}, err)
	}
	viewer, authErr := h.config.Gateway.Authenticate(ctx, r.Header["Authorization"])
	if authErr != nil && !isUnauthenticated(ctx, authErr) {
		return respond.reject(ctx, gateway.Request{}, authErr)
	}
	request := gateway.Request{
		Viewer: viewer, AuthErr: authErr, Account: h.config.Gateway.NewAccount(viewer, client.Address),
		IsGET: wanted.isGET, IfNoneMatch: r.Header.Get("If-None-Match"),
	}
	if request.Params, err = h.decode(ctx, w, r, request); err != nil {
		return respond.reject(ctx, request, err)
	}
	if !wanted.isEventStream {
		return respond.send(ctx, request, h.config.Gateway.Execute(ctx, request))
	}
	result, bytes, err := h.config.EventStreams.Serve(ctx, w, request)
	if err != nil {
		return respond.reject(ctx, request, withStatus(http.StatusServiceUnavailable, err))
	}
	return reply{request, result, http.StatusOK, bytes}
}

// isUnauthenticated reports whether an error rejects the token, rather than that the token could not be verified.
func isUnauthenticated(ctx context.Context, err error) bool {
	known, ok := apierror.Classify(ctx, err)
	return ok && known.Code == apierror.CodeUnauthenticated
}
