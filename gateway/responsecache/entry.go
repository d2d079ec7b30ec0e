package responsecache

import (
	"aisle/graph"
	"aisle/store"
)

// A cacheEntry is a response, or a fragment of responses.
type cacheEntry struct {
	validity

	body []byte
	slot *fragmentSlot // where the fragment goes in a response; nil without one

	// Of a fragment:
	rows         map[graph.Row]graph.Span // in the body
	rowsRevision store.Position           // of what the rows show besides themselves
}

// A fragmentSlot is the place in a response where a fragment goes.
type fragmentSlot struct {
	at  int // bytes
	key cacheKey
}
