package responsecache

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/maypok86/otter/v2"

	"aisle/gateway/document"
)

// A Cache stores responses. A nil Cache stores none.
type Cache struct {
	config   Config
	parsed   *otter.Cache[string, *ParsedGET]
	entries  *otter.Cache[cacheKey, *cacheEntry]
	inFlight *inFlight
}

// New returns an empty Cache.
func New(config Config) *Cache {
	const entryOverhead, rowOverhead = 500, 150 // bytes
	return &Cache{
		config: config,
		parsed: otter.Must(&otter.Options[string, *ParsedGET]{MaximumSize: maxParsed}),
		entries: otter.Must(&otter.Options[cacheKey, *cacheEntry]{
			MaximumWeight: config.Bytes, // an invalid entry stays until its room is needed: nothing looks for those
			Weigher: func(_ cacheKey, e *cacheEntry) uint32 {
				return uint32(len(e.body) + len(e.rows)*rowOverhead + entryOverhead) //nolint:gosec // a response is smaller
			},
		}),
		inFlight: newInFlight(),
	}
}

// Parsed returns the parsed query of a URL for a registered document that was asked for before; nil otherwise. A nil Cache knows none.
func (c *Cache) Parsed(rawQuery string) *ParsedGET {
	if c == nil {
		return nil
	}
	parsed, _ := c.parsed.GetIfPresent(rawQuery)
	return parsed
}

// Parse describes the query of a URL that was parsed into params, and remembers it for registered documents.
func (c *Cache) Parse(rawQuery string, params *graphql.RawParams, d *document.Document) (*ParsedGET, error) {
	parsed, err := newParsedGET(params, d)
	if err == nil && c != nil && d.Registered && len(rawQuery) <= maxParsedLen {
		c.parsed.Set(rawQuery, parsed)
	}
	return parsed, err
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
