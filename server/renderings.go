package server

import (
	"context"
	"errors"

	"github.com/maypok86/otter/v2"

	"aisle/graph"
)

// renderings are the answers to the newest events. An event that goes to thousands who sent the same document is
// rendered once: by whoever comes first.
type renderings struct {
	cache *otter.Cache[rendering, []byte]
}

type rendering struct {
	event string
	group group
}

// mostRenderings bounds them, in bytes.
const mostRenderings = 16 << 20

func newRenderings() *renderings {
	return &renderings{otter.Must(&otter.Options[rendering, []byte]{
		MaximumWeight: mostRenderings,
		Weigher: func(_ rendering, body []byte) uint32 {
			const fixed = 256
			return uint32(len(body)) + fixed //nolint:gosec // an answer is smaller than that
		},
	})}
}

// unfit is an answer with errors: it goes to those who waited for it, and is not kept.
type unfit struct{ body []byte }

// Error says what it is.
func (*unfit) Error() string { return "an answer with errors" }

// of is the answer to an event for a subscription.
func (r *renderings) of(ctx context.Context, sub *subscription, e graph.Event) []byte {
	load := func(context.Context, rendering) ([]byte, error) {
		// Others wait for it, too: it must not end with the one who came first.
		body, fit := sub.render(context.WithoutCancel(ctx), e)
		if !fit {
			return nil, &unfit{body}
		}
		return body, nil
	}
	body, err := r.cache.Get(ctx, rendering{e.EventID(), sub.group}, otter.LoaderFunc[rendering, []byte](load))
	if err == nil {
		return body
	}
	if known := new(unfit); errors.As(err, &known) {
		return known.body
	}
	body, _ = sub.render(context.WithoutCancel(ctx), e)
	return body
}
