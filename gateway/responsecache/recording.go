package responsecache

import (
	"bytes"
	"context"
	"slices"

	"aisle/graph"
	"aisle/store"
	"aisle/telemetry"
)

// A Recording is a response that is being made. It records what the response is read from, and shares its fragment.
type Recording struct {
	lookup       *Lookup
	dependencies *store.DependencyRecorder // of the response without its fragment
	fragment     *fragment                 // nil without Config.Fragments
}

// Record returns the context in which the operation runs. Close the recording afterwards. A nil Lookup has a nil Recording.
func (l *Lookup) Record(ctx context.Context) (context.Context, *Recording) {
	if l == nil {
		return ctx, nil
	}
	r := &Recording{lookup: l}
	ctx, r.dependencies = store.WithDependencyRecorder(ctx)
	if l.cache.config.Fragments != nil {
		r.fragment = &fragment{lookup: l}
		ctx = graph.WithFragmentCache(ctx, r.fragment)
	}
	return ctx, r
}

// Close releases the requests that wait for the fragment.
func (r *Recording) Close(ctx context.Context) {
	if r != nil && r.fragment != nil {
		r.fragment.release(ctx)
	}
}

// Result returns where the fragment of the response came from.
func (r *Recording) Result() telemetry.CacheResult {
	if r.fragment == nil {
		return telemetry.CacheMiss
	}
	return r.fragment.result()
}

// Store stores the response of an operation that ran without errors. encode returns its body. Store returns false when the response
// may not be stored.
func (r *Recording) Store(encode func() ([]byte, error)) (*Response, bool) {
	shared, ok := r.publishFragment()
	if !ok {
		return nil, false
	}
	l := r.lookup
	own, ok := l.validityOf(r.dependencies)
	if !ok {
		return nil, false
	}
	body, err := encode()
	if err != nil {
		return nil, false
	}
	whole := own
	if shared != nil {
		whole = own.merge(shared.validity)
	}
	entry := &cacheEntry{validity: whole, body: body}
	if shared != nil {
		before, after, found := bytes.Cut(body, shared.body)
		if found && !bytes.Contains(after, shared.body) { // where it occurs twice, its place is unknown
			entry = &cacheEntry{validity: own, body: slices.Concat(before, after), slot: &fragmentSlot{len(before), r.fragment.key}}
		}
	}
	l.cache.entries.Set(l.key, entry)
	return &Response{ETag: newETag(l.key, whole).String(), Body: [][]byte{body}}, true
}

// publishFragment stores the fragment that this request made, and returns the fragment of the response; nil without one. ok is false
// when neither may be stored.
func (r *Recording) publishFragment() (shared *cacheEntry, ok bool) {
	if r.fragment == nil {
		return nil, true
	}
	shared, ok = r.fragment.sharedEntry()
	if ok && shared != nil && r.fragment.found == nil {
		r.fragment.publish(shared)
	}
	return shared, ok
}
