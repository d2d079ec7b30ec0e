// Package readrouting decorates an executable schema: queries read from replicas, mutations and subscriptions from the primary.
package readrouting

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/store"
)

// Replicas chooses the database that a viewer reads from.
type Replicas interface {
	// NewReadSession returns a context whose reads go to a replica that has replayed the log up to a position. Call done once the
	// response is complete, before it is sent.
	NewReadSession(ctx context.Context, viewer uuid.UUID, minPosition store.Position) (_ context.Context, done func())
	// RecordPrimaryRead records that the viewer has seen the state of the primary.
	RecordPrimaryRead(viewer uuid.UUID)
}

// Schema is an executable schema whose queries read from replicas.
type Schema struct {
	graphql.ExecutableSchema

	Replicas    Replicas
	MinPosition func() store.Position          // the position that a replica must have reached: the node's end of the event log
	IsStale     func(ctx context.Context) bool // whether the node has not read the viewer's own writes yet: then read the primary
}

// Exec executes the operation.
func (s Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx).Operation.Operation
	next := s.ExecutableSchema.Exec(ctx)
	if operation == ast.Subscription { // the event log is on the primary
		return next
	}
	return func(ctx context.Context) *graphql.Response {
		viewer := auth.ViewerFromContext(ctx).ID()
		if operation != ast.Query || s.IsStale(ctx) {
			defer s.Replicas.RecordPrimaryRead(viewer)
			return next(ctx)
		}
		ctx, done := s.Replicas.NewReadSession(ctx, viewer, s.MinPosition())
		defer done()
		return next(ctx)
	}
}
