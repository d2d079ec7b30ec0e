package limits

import "cmp"

// Query limits a document and its operations. A zero value means the default.
type Query struct {
	Document   int // bytes of a document; 64 KiB
	Tokens     int // of a document; 2,000
	Depth      int // levels of nested fields; 15
	RootFields int // of an operation; 20
	Fields     int // of a document, with each fragment counted where it is spread; 2,000
	Repeats    int // how often a document may select one field of one object; 50
	Aliases    int // of a document; 50
	Directives int // of a document; 50
	Fragments  int // that a document defines; 50
	Complexity int // of an operation; 250,000
	Errors     int // of a response; 50
}

// WithDefaults returns the limits with the defaults in place of zero values.
func (q Query) WithDefaults() Query {
	return Query{
		Document:   cmp.Or(q.Document, 64<<10),
		Tokens:     cmp.Or(q.Tokens, 2000),
		Depth:      cmp.Or(q.Depth, 15),
		RootFields: cmp.Or(q.RootFields, 20),
		Fields:     cmp.Or(q.Fields, 2000),
		Repeats:    cmp.Or(q.Repeats, 50),
		Aliases:    cmp.Or(q.Aliases, 50),
		Directives: cmp.Or(q.Directives, 50),
		Fragments:  cmp.Or(q.Fragments, 50),
		Complexity: cmp.Or(q.Complexity, 250_000),
		Errors:     cmp.Or(q.Errors, 50),
	}
}
