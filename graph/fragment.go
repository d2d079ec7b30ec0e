package graph

import (
	"bytes"
	"context"
	"io"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// FragmentCache shares fragments of a response between the viewers for whom they are equal. A fragment is the selection on
// Viewer.store: scripts/generate.sh makes the generated executor call marshalFragment for it.
type FragmentCache interface {
	// Render returns the JSON of the fragment at a response path. It calls render at most once, and only if the fragment is not
	// cached. Render runs with the context that it is given. A fragment that cannot be shared is rendered for this response only.
	Render(ctx context.Context, path string, render func(ctx context.Context) []byte) []byte
}

type fragmentCacheKey struct{}

// WithFragmentCache returns a context in which the executor shares fragments through c.
func WithFragmentCache(ctx context.Context, c FragmentCache) context.Context {
	return context.WithValue(ctx, fragmentCacheKey{}, c)
}

// GetFragmentCache returns the FragmentCache of ctx, or nil.
func GetFragmentCache(ctx context.Context) FragmentCache {
	c, _ := ctx.Value(fragmentCacheKey{}).(FragmentCache)
	return c
}

// marshalFragment marshals a fragment, or returns it from the FragmentCache.
func marshalFragment[V any](
	ctx context.Context, selections ast.SelectionSet, v *V,
	marshal func(context.Context, ast.SelectionSet, *V) graphql.Marshaler,
) graphql.Marshaler {
	c := GetFragmentCache(ctx)
	if c == nil || v == nil {
		return marshal(ctx, selections, v)
	}
	return rawJSON(c.Render(ctx, graphql.GetPath(ctx).String(), func(ctx context.Context) []byte {
		var b bytes.Buffer
		marshal(ctx, selections, v).MarshalGQL(&b)
		return b.Bytes()
	}))
}

// rawJSON is a Marshaler of bytes that are JSON already.
type rawJSON []byte

// MarshalGQL writes the bytes.
func (r rawJSON) MarshalGQL(w io.Writer) { _, _ = w.Write(r) } // the writer is a buffer in memory
