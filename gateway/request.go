package gateway

import (
	"context"
	"net/netip"

	"github.com/99designs/gqlgen/graphql"

	"aisle/auth"
	"aisle/gateway/apierror"
	"aisle/gateway/document"
	"aisle/gateway/quota"
	"aisle/store"
)

// A Request is an operation to execute.
type Request struct {
	Viewer  auth.Viewer
	AuthErr error          // why there is no viewer although the request has a token; nil otherwise
	Account *quota.Account // that pays for the operation
	Params  *graphql.RawParams
	Streams bool // the transport can send more than one response

	// IsGET restricts the request to queries, because a proxy or a browser may send a GET again. Their responses may be cached.
	IsGET       bool
	IfNoneMatch string // the header of a GET
}

// NewContext returns the context of a request: it collects the statements and the internal errors of its operation.
func NewContext(ctx context.Context, client auth.Client) context.Context {
	ctx, _ = store.WithStatementCounter(apierror.WithReports(auth.WithClient(ctx, client)))
	return ctx
}

// NewAccount returns the account that pays for a request.
func (g *Gateway) NewAccount(viewer auth.Viewer, address netip.Addr) *quota.Account {
	return g.quotas.Account(viewer, address)
}

// IsFree reports whether the viewer need not pay for the requested operation: a registered one is free with a token. Without one it
// costs, because anyone may ask for the work of signing in.
func (g *Gateway) IsFree(viewer auth.Viewer, params *graphql.RawParams) bool {
	return isFree(viewer, g.documents.Registered(params))
}

// isFree is IsFree for a document; nil is one that is not registered.
func isFree(viewer auth.Viewer, d *document.Document) bool {
	return d != nil && d.Registered && !viewer.Anonymous()
}
