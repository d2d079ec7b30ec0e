package responsecache

import (
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"

	"aisle/gateway/document"
)

// A ParsedGET is what the query of a GET's URL asks for, as far as the lookup needs it. Parsing the query takes longer than the lookup.
type ParsedGET struct {
	hash      document.Hash
	name      string // of the operation; empty when the client sent none
	variables []byte // JSON, sorted
}

const (
	maxParsed    = 10_000
	maxParsedLen = 2 << 10 // bytes of a URL's query
)

// Parsed returns the parsed query of a URL for a registered document that was asked for before; nil otherwise. A nil Cache knows none.
func (c *Cache) Parsed(rawQuery string) *ParsedGET {
	if c == nil {
		return nil
	}
	parsed, _ := c.parsed.GetIfPresent(rawQuery)
	return parsed
}

// Hash returns the hash of the document.
func (p *ParsedGET) Hash() document.Hash { return p.hash }

// Parse describes the query of a URL that was parsed into params, and remembers it for registered documents.
func (c *Cache) Parse(rawQuery string, params *graphql.RawParams, d *document.Document) (*ParsedGET, error) {
	variables, err := json.Marshal(params.Variables) // sorted
	if err != nil {
		return nil, err //nolint:wrapcheck // they came as JSON
	}
	parsed := &ParsedGET{d.Hash, params.OperationName, variables}
	if c != nil && d.Registered && len(rawQuery) <= maxParsedLen {
		c.parsed.Set(rawQuery, parsed)
	}
	return parsed, nil
}
