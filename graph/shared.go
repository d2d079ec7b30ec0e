package graph

import (
	"bytes"
	"context"
	"io"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Sharing gives a part of an answer to all for whom it is the same. The parts are what operations ask of the viewer's store, for
// which the generated executor calls shared: scripts/generate.sh puts it in.
type Sharing interface {
	// Share returns the JSON of the part at a path of the answer. Unless it is known, produce makes it: once at most, and in the
	// context that it is given. Where the part cannot be shared Share makes it for this answer alone.
	Share(ctx context.Context, path string, produce func(ctx context.Context) []byte) []byte
}

type sharingKey struct{}

// WithSharing returns a context in which parts of the answer are shared.
func WithSharing(ctx context.Context, s Sharing) context.Context {
	return context.WithValue(ctx, sharingKey{}, s)
}

// SharingFrom is what WithSharing put into the context; nil for none.
func SharingFrom(ctx context.Context) Sharing {
	s, _ := ctx.Value(sharingKey{}).(Sharing)
	return s
}

// shared marshals a part, or has somebody else's.
func shared[V any](
	ctx context.Context, selections ast.SelectionSet, v *V,
	marshal func(context.Context, ast.SelectionSet, *V) graphql.Marshaler,
) graphql.Marshaler {
	s := SharingFrom(ctx)
	if s == nil || v == nil {
		return marshal(ctx, selections, v)
	}
	return part(s.Share(ctx, graphql.GetPath(ctx).String(), func(ctx context.Context) []byte {
		var b bytes.Buffer
		marshal(ctx, selections, v).MarshalGQL(&b)
		return b.Bytes()
	}))
}

// part is JSON already.
type part []byte

// MarshalGQL writes it.
func (p part) MarshalGQL(w io.Writer) { _, _ = w.Write(p) } // to memory
