package gateway

import (
	"context"
	"fmt"

	"aisle/auth"
	"aisle/gateway/apierror"
)

var errAuthorization = apierror.New(apierror.CodeUnauthenticated, `Send one access token, as "Authorization: Bearer <token>".`)

// Authenticate returns the viewer of the values of a request's Authorization header: the anonymous one without a header. A rejected
// token need not reject the request: operations that need no viewer, such as renewing a session, run with an expired token, because
// apps send the token that they have with every request (Request.AuthErr).
func (g *Gateway) Authenticate(ctx context.Context, authorization []string) (auth.Viewer, error) {
	switch len(authorization) {
	case 0:
		return auth.Viewer{}, nil
	case 1:
		return g.authenticate(ctx, authorization[0])
	default:
		return auth.Viewer{}, errAuthorization
	}
}

func (g *Gateway) authenticate(ctx context.Context, authorization string) (auth.Viewer, error) {
	token, ok := auth.ParseBearerToken(authorization)
	if !ok {
		return auth.Viewer{}, errAuthorization
	}
	viewer, err := g.config.Verify(ctx, token)
	if err != nil {
		return auth.Viewer{}, fmt.Errorf("verify the access token: %w", err)
	}
	return viewer, nil
}

// Watch calls revoked, which must not block, when the viewer's token is revoked.
func (g *Gateway) Watch(v auth.Viewer, revoked func()) (stop func()) {
	if g.config.Watch == nil || v.Anonymous() {
		return func() {}
	}
	return g.config.Watch(v, revoked)
}
