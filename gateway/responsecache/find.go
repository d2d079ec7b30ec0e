package responsecache

import (
	"context"
	"strings"

	"aisle/telemetry"
)

// A Response is a valid one.
type Response struct {
	ETag string
	Body [][]byte // one after the other; nil when the client's copy is valid
}

// Find returns a valid response: that the client's copy is one, or one from memory.
func (l *Lookup) Find(ctx context.Context, ifNoneMatch string) (*Response, telemetry.CacheResult, bool) {
	now := l.cache.config.Now()
	for text := range strings.SplitSeq(ifNoneMatch, ",") {
		sent, ok := parseETag(text)
		if !ok || !sent.isFresh(now) {
			continue
		}
		if l.isValid(sent) {
			return &Response{ETag: sent.String()}, telemetry.CacheNotModified, true
		}
	}
	entry, ok := l.validEntry(l.key)
	if !ok {
		return nil, telemetry.CacheMiss, false
	}
	slot := entry.slot
	if slot == nil {
		return &Response{ETag: newETag(l.key, entry.validity).String(), Body: [][]byte{entry.body}}, telemetry.CacheHit, true
	}
	fragment, ok := l.validEntry(slot.key)
	if !ok {
		fragment, ok = awaitFragment(ctx, l, slot.key)
	}
	if !ok {
		return nil, telemetry.CacheMiss, false
	}
	etag := newETag(l.key, entry.merge(fragment.validity))
	return &Response{ETag: etag.String(), Body: [][]byte{entry.body[:slot.at], fragment.body, entry.body[slot.at:]}}, telemetry.CacheHit, true
}
