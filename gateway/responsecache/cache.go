package responsecache

import (
	"slices"

	"github.com/maypok86/otter/v2"
)

// A Cache stores responses. A nil Cache stores none.
type Cache struct {
	config   Config
	entries  *otter.Cache[cacheKey, *cacheEntry]
	inFlight *inFlight
}

// New returns an empty Cache.
func New(config Config) *Cache {
	const entryOverhead, rowOverhead = 500, 150 // bytes
	return &Cache{
		config: config,
		entries: otter.Must(&otter.Options[cacheKey, *cacheEntry]{
			MaximumWeight: config.Bytes, // an invalid entry stays until its room is needed: nothing looks for those
			Weigher: func(_ cacheKey, e *cacheEntry) uint32 {
				return uint32(len(e.body) + len(e.rows)*rowOverhead + entryOverhead) //nolint:gosec // a response is smaller
			},
		}),
		inFlight: newInFlight(),
	}
}

// haveCompleteEvents reports whether the events of all of the modules report every change of their rows.
func (c *Cache) haveCompleteEvents(modules []string) bool {
	for _, module := range modules {
		if !slices.Contains(c.config.Modules, module) {
			return false
		}
	}
	return true
}
