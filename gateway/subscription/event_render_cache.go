package subscription

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"

	"github.com/maypok86/otter/v2"

	"aisle/graph"
)

// A RenderCache holds the responses to the newest events. An event for thousands of subscribers with the same document is rendered
// once, for the first of them.
type RenderCache struct {
	bodies *otter.Cache[renderKey, []byte]
}

type renderKey struct {
	event string
	group Group
}

// A Group identifies what the response to an event depends on besides the event. The subscribers of a group get the same bytes.
type Group [sha256.Size]byte

// NewGroup returns the group of subscribers whose parts are equal. The parts must be values that came as JSON.
func NewGroup(parts ...any) Group {
	encoded, _ := json.Marshal(parts) //nolint:errchkjson // see there
	return sha256.Sum256(encoded)
}

const maxRenderBytes = 16 << 20

// NewRenderCache returns an empty cache.
func NewRenderCache() *RenderCache {
	return &RenderCache{otter.Must(&otter.Options[renderKey, []byte]{
		MaximumWeight: maxRenderBytes,
		Weigher: func(_ renderKey, body []byte) uint32 {
			const overhead = 256
			return uint32(len(body)) + overhead //nolint:gosec // a response is smaller than 4 GiB
		},
	})}
}

// uncacheableError carries a response with errors to the subscribers that waited for it.
type uncacheableError struct{ body []byte }

// Error describes the error.
func (*uncacheableError) Error() string { return "the response has errors" }

// A Renderer makes the response to an event. cacheable is false for a response with errors: it goes only to the subscribers that
// waited for it.
type Renderer interface {
	Render(ctx context.Context, e graph.Event) (body []byte, cacheable bool)
}

// get returns the response to an event. Concurrent calls for one group wait for the first.
func (c *RenderCache) get(ctx context.Context, renderer Renderer, group Group, e graph.Event) []byte {
	load := func(context.Context, renderKey) ([]byte, error) {
		body, cacheable := renderer.Render(context.WithoutCancel(ctx), e) // others wait for it, too
		if !cacheable {
			return nil, &uncacheableError{body}
		}
		return body, nil
	}
	body, err := c.bodies.Get(ctx, renderKey{e.EventID(), group}, otter.LoaderFunc[renderKey, []byte](load))
	if err == nil {
		return body
	}
	if uncacheable := new(uncacheableError); errors.As(err, &uncacheable) {
		return uncacheable.body
	}
	body, _ = renderer.Render(context.WithoutCancel(ctx), e)
	return body
}
