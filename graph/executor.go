package graph

import (
	"bytes"
	"context"
	"io"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
)

// Name the generated executor calls instead of gqlgen's own: scripts/generate.sh puts these in. See
// docs/decisions/0016-lists-in-order.md.

// object is one that is being answered: what gqlgen calls a field set.
type object struct {
	Values   []graphql.Marshaler // of the fields
	Invalids uint32              // how many of them are null and must not be

	fields  []graphql.CollectedField
	delayed []delayedField
}

// delayedField is one that may have to wait.
type delayedField struct {
	index   int
	invalid graphql.Marshaler // what it is when the object cannot be
	resolve func(ctx context.Context) graphql.Marshaler
}

func newObject(fields []graphql.CollectedField) *object {
	return &object{Values: make([]graphql.Marshaler, len(fields)), fields: fields}
}

// ResolveConcurrently notes a field that is resolved by Dispatch.
func (o *object) ResolveConcurrently(
	_ *graphql.OperationContext, _ *graphql.DeferredGroup, index int, _, nonNull bool, resolve func(context.Context) graphql.Marshaler,
) {
	f := delayedField{index, graphql.RequiredNull, resolve}
	if nonNull {
		f.invalid = graphql.Null
	}
	if o.delayed == nil {
		o.delayed = make([]delayedField, 0, len(o.fields))
	}
	o.delayed = append(o.delayed, f)
}

// ResolveRootConcurrently notes a field of the operation's root, which is resolved in a context of its own.
func (o *object) ResolveRootConcurrently(
	ctx context.Context, oc *graphql.OperationContext, index int, _, nonNull bool, resolve func(context.Context) graphql.Marshaler,
) {
	o.ResolveConcurrently(oc, nil, index, true, nonNull, func(context.Context) graphql.Marshaler {
		return oc.RootResolverMiddleware(ctx, func(ctx context.Context) graphql.Marshaler { return recovered(ctx, resolve) })
	})
}

// Dispatch resolves the fields that may have to wait: side by side, unless the object is of a list and not its first. When the first
// one's fields were resolved those of the others are at hand, so nothing waits any more.
func (o *object) Dispatch(ctx context.Context) {
	here := o.delayed
	if len(here) > 1 && isFirst(graphql.GetFieldContext(ctx)) {
		var others sync.WaitGroup
		defer others.Wait()
		for i := range here[1:] {
			others.Go(func() { o.resolve(ctx, &o.delayed[i+1]) })
		}
		here = here[:1]
	}
	for i := range here {
		o.resolve(ctx, &here[i])
	}
}

func (o *object) resolve(ctx context.Context, f *delayedField) {
	value := recovered(ctx, f.resolve)
	o.Values[f.index] = value
	if value == f.invalid {
		atomic.AddUint32(&o.Invalids, 1)
	}
}

// isFirst says whether a field is in no list, or in the first element of each that it is in.
func isFirst(f *graphql.FieldContext) bool {
	for ; f != nil; f = f.Parent {
		if f.Index != nil && *f.Index > 0 {
			return false
		}
	}
	return true
}

// recovered resolves a field, or marshals an element of a list. One that panics is null, and an error.
func recovered(ctx context.Context, resolve func(context.Context) graphql.Marshaler) (value graphql.Marshaler) {
	defer func() {
		if p := recover(); p != nil {
			graphql.AddError(ctx, graphql.Recover(ctx, p))
			value = graphql.Null
		}
	}()
	return resolve(ctx)
}

// MarshalGQL writes the object as JSON. Names need no escapes, and no two fields have the same.
func (o *object) MarshalGQL(w io.Writer) {
	if b, ok := w.(*bytes.Buffer); ok && b.Cap() > 0 {
		o.writeTo(b)
		return
	}
	b := buffers.Get().(*bytes.Buffer) //nolint:forcetypeassert,errcheck // the pool has nothing else
	o.writeTo(b)
	_, _ = w.Write(b.Bytes()) // at once: the buffer of an answer would be made anew each time that it is full
	if b.Cap() <= mostBuffered {
		b.Reset()
		buffers.Put(b)
	}
}

// buffers are those that answers are put together in, of mostBuffered bytes at most.
var buffers = sync.Pool{New: func() any { return &bytes.Buffer{} }} //nolint:gochecknoglobals // one for all, as memory is

const mostBuffered = 1 << 20

func (o *object) writeTo(b *bytes.Buffer) {
	b.WriteByte('{')
	for i := range o.fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(o.fields[i].Alias)
		b.WriteString(`":`)
		o.Values[i].MarshalGQL(b)
	}
	b.WriteByte('}')
}

// marshalInOrder marshals a list one element after another, where gqlgen starts a goroutine for each. Nothing waits for
// another: when the first element asks for a field, its loader reads that of all.
func marshalInOrder(
	ctx context.Context, length int, _ int64, _ bool, marshal func(ctx context.Context, i int) graphql.Marshaler,
) graphql.Array {
	list, elements := make(graphql.Array, length), make([]element, length)
	for i := range elements {
		list[i] = elements[i].marshal(ctx, i, marshal)
	}
	return list
}

// element is one of a list that is being marshalled.
type element struct {
	field graphql.FieldContext
	index int
}

func (e *element) marshal(ctx context.Context, i int, marshal func(context.Context, int) graphql.Marshaler) graphql.Marshaler {
	e.index = i
	e.field.Index = &e.index
	return recovered(graphql.WithFieldContext(ctx, &e.field), func(ctx context.Context) graphql.Marshaler { return marshal(ctx, i) })
}

// noDeferred is what gqlgen keeps for the fields of an object that are deferred: none, as the server refuses @defer.
func noDeferred(ctx context.Context) graphql.DeferredGroup {
	return graphql.DeferredGroup{Context: ctx}
}
