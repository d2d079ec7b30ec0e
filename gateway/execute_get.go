package gateway

import (
	"context"

	"aisle/gateway/document"
	"aisle/gateway/responsecache"
	"aisle/telemetry"
)

// executeGET answers from the response cache, or runs the query and stores its response.
func (g *Gateway) executeGET(ctx context.Context, request Request) *Result {
	result := &Result{}
	defer func() { result.Quota = request.Account.Result() }()
	lookup, err := g.lookupParsed(ctx, request, result)
	if err != nil {
		return g.reject(ctx, result, err)
	}
	if result.Cached != nil {
		return result
	}
	if request.Params, err = request.GET.Decode(ctx); err != nil {
		return g.reject(ctx, result, err)
	}
	d, errs := g.documents.Load(ctx, request.Params, g.requester(request))
	if len(errs) > 0 {
		result.Response = g.fail(ctx, errs...)
		return result
	}
	result.Document = d
	if lookup == nil {
		if lookup, err = g.lookupNew(ctx, request, d, result); err != nil {
			return g.reject(ctx, result, err)
		}
		if result.Cached != nil {
			return result
		}
	}
	if lookup == nil {
		result.Response = g.execute(ctx, request, result)
		return result
	}
	ctx, recording := lookup.Record(ctx)
	defer recording.Close(ctx)
	result.cacheable = true
	result.Response = g.execute(ctx, request, result)
	g.storeResponse(recording, result)
	return result
}

// reject is Reject for a result that exists.
func (g *Gateway) reject(ctx context.Context, result *Result, err error) *Result {
	result.Err, result.Response = err, g.fail(ctx, err)
	return result
}

// lookupParsed looks up the response to a registered operation whose URL was parsed before. The lookup is nil when it was not.
func (g *Gateway) lookupParsed(ctx context.Context, request Request, result *Result) (*responsecache.Lookup, error) {
	parsed := g.cache.Parsed(request.GET.RawQuery)
	if parsed == nil {
		return nil, nil //nolint:nilnil // nil means that the cache has no response
	}
	d := g.documents.RegisteredByHash(parsed.Hash())
	if d == nil {
		return nil, nil //nolint:nilnil // nil means that the cache has no response
	}
	lookup, err := g.cache.Lookup(ctx, request.Viewer, d, parsed)
	if lookup == nil || err != nil {
		return nil, err
	}
	g.findResponse(ctx, request, lookup, d, result)
	return lookup, nil
}

// lookupNew looks up the response to an operation whose URL was parsed just now. One that is not registered pays for a response from
// memory, too.
func (g *Gateway) lookupNew(
	ctx context.Context, request Request, d *document.Document, result *Result,
) (*responsecache.Lookup, error) {
	parsed, err := g.cache.Parse(request.GET.RawQuery, request.Params, d)
	if err != nil {
		return nil, err
	}
	lookup, err := g.cache.Lookup(ctx, request.Viewer, d, parsed)
	if lookup == nil || err != nil {
		return nil, err
	}
	if !d.Registered {
		if err := request.Account.Charge(ctx, 1); err != nil {
			return nil, err
		}
	}
	g.findResponse(ctx, request, lookup, d, result)
	return lookup, nil
}

// findResponse sets the cached response of the result if there is a valid one.
func (g *Gateway) findResponse(
	ctx context.Context, request Request, lookup *responsecache.Lookup, d *document.Document, result *Result,
) {
	cached, from, ok := lookup.Find(ctx, request.GET.IfNoneMatch)
	if !ok {
		return
	}
	result.Document, result.Cached, result.CachedName = d, cached, lookup.OperationName
	g.countCacheResult(result, from)
}

// storeResponse stores a response without errors, and gives the result its ETag.
func (g *Gateway) storeResponse(recording *responsecache.Recording, result *Result) {
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
