package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"aisle/auth"
	"aisle/graph"
)

// viewer is who sends the request: anonymous without an Authorization header. Of a wrong one it says why; the gate
// then refuses what needs a viewer with that reason. What needs none, as renewing a session, runs with an expired token:
// apps put the one they have into every request.
func (s *Server) viewer(r *http.Request) (auth.Viewer, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return auth.Viewer{}, nil
	}
	if len(headers) > 1 {
		return auth.Viewer{}, errAuthorization
	}
	return s.verify(r.Context(), headers[0])
}

var errAuthorization = refuse(http.StatusUnauthorized, codeUnauthenticated, `Send one access token, as "Authorization: Bearer <token>".`)

// verify is the viewer that an Authorization header's value stands for.
func (s *Server) verify(ctx context.Context, header string) (auth.Viewer, error) {
	token, ok := auth.ParseBearerToken(header)
	if !ok {
		return auth.Viewer{}, errAuthorization
	}
	viewer, err := s.config.Verify(ctx, token)
	if err != nil {
		return auth.Viewer{}, fmt.Errorf("verify the access token: %w", err)
	}
	return viewer, nil
}

// watch calls out, which must not wait, when the viewer is not to be answered any more though the token is good.
func (s *Server) watch(v auth.Viewer, out func()) (stop func()) {
	if s.config.Watch == nil || v.Anonymous() {
		return func() {}
	}
	return s.config.Watch(v, out)
}

type denialKey struct{}

// withDenial keeps for the gate why there is no viewer.
func withDenial(ctx context.Context, reason error) context.Context {
	return context.WithValue(ctx, denialKey{}, reason)
}

// denial is why there is no viewer: a wrong token, or none.
func denial(ctx context.Context, field string) error {
	if err, ok := ctx.Value(denialKey{}).(error); ok {
		return err
	}
	return refuse(0, codeUnauthenticated, "Sign in first: %q needs an access token.", field)
}

// challenge tells a client that was refused how to authenticate (RFC 6750).
func challenge(header http.Header, err error) {
	value := "Bearer"
	if errors.Is(err, auth.ErrInvalidToken) {
		value = `Bearer error="invalid_token"`
	}
	header.Set("WWW-Authenticate", value)
}

// gate is the gqlgen extension that refuses an operation as a whole, before anything of it runs, when the viewer may
// not send it: without a token only root fields that the schema marks @public run, and __typename. The schema itself is
// for administrators, and for anyone in dev.
type gate struct{ mayIntrospect func(v auth.Viewer) bool }

// ExtensionName names it for gqlgen.
func (gate) ExtensionName() string { return "Gate" }

// Validate accepts every schema.
func (gate) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext refuses the operation or lets it pass.
func (g gate) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	viewer := auth.ViewerFromContext(ctx)
	mayIntrospect := g.mayIntrospect(viewer)
	operation.DisableIntrospection = !mayIntrospect
	if operation.Operation.Operation == ast.Subscription && graph.GetSubscriptionContext(ctx) == nil {
		return gqlerror.Wrap(refuse(0, codeValidation, "A subscription has many answers: send it over WebSocket "+
			"(graphql-transport-ws), or accept text/event-stream."))
	}
	fields := graphql.CollectFields(operation, operation.Operation.SelectionSet, nil)
	if operation.Operation.Operation == ast.Subscription && len(fields) != 1 { // one that is left out is known only now
		return gqlerror.Wrap(refuse(0, codeValidation, "A subscription has one field, this one has %d.", len(fields)))
	}
	for _, field := range fields {
		switch {
		case field.Name == "__typename":
		case strings.HasPrefix(field.Name, "__"):
			if !mayIntrospect {
				return gqlerror.Wrap(refuse(0, codeForbidden, "The schema is for administrators."))
			}
		case viewer.Anonymous() && !isPublic(field.Field):
			return gqlerror.Wrap(denial(ctx, field.Name))
		}
	}
	return nil
}

func isPublic(field *ast.Field) bool {
	return field.Definition != nil && field.Definition.Directives.ForName("public") != nil
}
