package gateway

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/gateway/apierror"
	"aisle/graph"
)

// authorize returns an error when the viewer may not send the operation at all, before anything of it runs. Permissions of single
// fields and types are checked by the schema (resolvers), and rows by the viewer's scope.
func (g *Gateway) authorize(ctx context.Context, request Request, operation *graphql.OperationContext) error {
	mayIntrospect := g.mayIntrospect(request.Viewer)
	operation.DisableIntrospection = !mayIntrospect
	isSubscription := operation.Operation.Operation == ast.Subscription
	if isSubscription && graph.GetSubscriptionContext(ctx) == nil {
		return apierror.New(apierror.CodeValidation, "A subscription has many responses: send it over WebSocket "+
			"(graphql-transport-ws), or accept text/event-stream.")
	}
	fields := graphql.CollectFields(operation, operation.Operation.SelectionSet, nil)
	if isSubscription && len(fields) != 1 { // validation does not know what @skip and @include leave out
		return apierror.New(apierror.CodeValidation, "A subscription has one field, this one has %d.", len(fields))
	}
	for _, field := range fields {
		if strings.HasPrefix(field.Name, "__") {
			if field.Name != "__typename" && !mayIntrospect {
				return apierror.New(apierror.CodeForbidden, "The schema is for administrators.")
			}
			continue
		}
		if err := graph.AuthorizeRootField(request.Viewer, field.Field); err != nil {
			return request.unauthenticated(field.Name)
		}
	}
	return nil
}

// unauthenticated returns the error for a field that needs a viewer.
func (r Request) unauthenticated(field string) error {
	if r.AuthErr != nil {
		return r.AuthErr
	}
	return apierror.New(apierror.CodeUnauthenticated, "Sign in first: %q needs an access token.", field)
}

// mayIntrospect reports whether the viewer may see the schema: administrators may, and anyone in dev.
func (g *Gateway) mayIntrospect(v auth.Viewer) bool { return g.config.Dev || v.Role == auth.RoleAdmin }
