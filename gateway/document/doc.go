// Package document turns the document of a request into one that is parsed, limited and validated. It keeps three sets of them: the
// registered operations (the safelist), the query cache of this node, and the texts of automatic persisted queries of all nodes.
package document
