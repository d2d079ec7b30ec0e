package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// What the generated executor calls instead of gqlgen's own: scripts/generate.sh puts these in. See
// docs/decisions/0016-lists-in-order.md.

// marshalInOrder marshals a list one element after another, where gqlgen starts a goroutine for each. Nothing waits for
// another: when the first element asks for a field, its loader reads that of all.
func marshalInOrder(
	ctx context.Context, length int, _ int64, _ bool, marshal func(ctx context.Context, i int) graphql.Marshaler,
) graphql.Array {
	list := make(graphql.Array, length)
	elements := make([]struct {
		field graphql.FieldContext
		index int
	}, length)
	for i := range elements {
		e := &elements[i]
		e.index = i
		e.field.Index = &e.index
		list[i] = marshalElement(graphql.WithFieldContext(ctx, &e.field), i, marshal)
	}
	return list
}

// marshalElement marshals an element. One that panics is null, and an error.
func marshalElement(
	ctx context.Context, i int, marshal func(ctx context.Context, i int) graphql.Marshaler,
) (element graphql.Marshaler) {
	defer func() {
		if p := recover(); p != nil {
			graphql.AddError(ctx, graphql.Recover(ctx, p))
			element = graphql.Null
		}
	}()
	return marshal(ctx, i)
}

// noDeferred is what gqlgen keeps for the fields of an object that are deferred: none, as the server refuses @defer.
func noDeferred(ctx context.Context) graphql.DeferredGroup {
	return graphql.DeferredGroup{Context: ctx}
}
