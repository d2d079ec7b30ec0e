package gateway

import (
	"context"

	"aisle/gateway/responsecache"
	"aisle/telemetry"
)

// findCached sets the cached response of the result if there is a valid one. Otherwise it returns the lookup, which records the new
// response; nil when the response must not be cached. An operation that is not registered pays for a cached response, too.
func (g *Gateway) findCached(ctx context.Context, request Request, result *Result) (*responsecache.Lookup, error) {
	if !request.IsGET {
		return nil, nil //nolint:nilnil // nil means that the response must not be cached
	}
	lookup, err := g.cache.NewLookup(ctx, request.Viewer, result.Document, request.Params)
	if lookup == nil || err != nil {
		return nil, err
	}
	cached, from, ok := lookup.Find(ctx, request.IfNoneMatch)
	if !ok {
		return lookup, nil
	}
	if !result.Document.Registered {
		if err := request.Account.Charge(ctx, 1); err != nil {
			return nil, err
		}
	}
	result.Cached = cached
	g.countCacheResult(result, from)
	return lookup, nil
}

// storeResponse stores a response without errors, and gives the result its ETag. A nil recording stores nothing.
func (g *Gateway) storeResponse(recording *responsecache.Recording, result *Result) {
	if recording == nil {
		return
	}
	g.countCacheResult(result, recording.Result())
	response := result.Response
	if response.Data == nil || len(response.Errors) > 0 {
		return
	}
	if cached, ok := recording.Store(func() ([]byte, error) { return encode(response) }); ok {
		result.Cached = cached
	}
}

func (g *Gateway) countCacheResult(result *Result, from telemetry.CacheResult) {
	result.CacheResult = from
	g.config.Metrics.RecordCacheResult(from)
}
