package readrouting_test

import (
	"context"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/resolvers/readrouting"
	"aisle/store"
)

// calls records what happens, in order.
type calls []string

// replicas records its calls. It is a readrouting.Replicas.
type replicas struct {
	calls  *calls
	viewer uuid.UUID
}

func (r replicas) NewReadSession(ctx context.Context, viewer uuid.UUID, at store.Position) (_ context.Context, done func()) {
	if viewer != r.viewer || at != (store.Position{XID: 7}) {
		*r.calls = append(*r.calls, "wrong arguments")
	}
	*r.calls = append(*r.calls, "replica")
	return ctx, func() { *r.calls = append(*r.calls, "done") }
}

func (r replicas) RecordPrimaryRead(viewer uuid.UUID) {
	if viewer != r.viewer {
		*r.calls = append(*r.calls, "wrong arguments")
	}
	*r.calls = append(*r.calls, "primary")
}

// executed is an executable schema that records its execution.
type executed struct {
	graphql.ExecutableSchema

	calls *calls
}

func (e executed) Exec(context.Context) graphql.ResponseHandler {
	return func(context.Context) *graphql.Response {
		*e.calls = append(*e.calls, "response")
		return &graphql.Response{}
	}
}

func TestOnlyQueriesOfViewersWithoutUnreadWritesReadFromReplicas(t *testing.T) {
	t.Parallel()
	viewer := auth.Viewer{EmployeeID: uuid.Max, Role: auth.RoleAdmin}
	for name, c := range map[string]struct {
		operation ast.Operation
		stale     bool
		want      calls
	}{
		"a query":                                {ast.Query, false, calls{"replica", "response", "done"}},
		"a query of a viewer with unread writes": {ast.Query, true, calls{"response", "primary"}},
		"a mutation":                             {ast.Mutation, false, calls{"response", "primary"}},
		"a subscription":                         {ast.Subscription, false, calls{"response"}},
	} {
		got := calls{}
		schema := readrouting.Schema{
			ExecutableSchema: executed{calls: &got}, Replicas: replicas{&got, viewer.ID()},
			MinPosition: func() store.Position { return store.Position{XID: 7} },
			IsStale:     func(context.Context) bool { return c.stale },
		}
		ctx := graphql.WithOperationContext(auth.WithViewer(t.Context(), viewer), &graphql.OperationContext{
			Operation: &ast.OperationDefinition{Operation: c.operation},
		})

		schema.Exec(ctx)(ctx)

		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
