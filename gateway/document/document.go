package document

import (
	"crypto/sha256"
	"encoding/hex"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Hash is the SHA-256 of a document's text.
type Hash [sha256.Size]byte

// String returns the hash in hex, as clients send it.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// HashOf returns the hash of a text.
func HashOf(text string) Hash { return sha256.Sum256([]byte(text)) }

// A Document is one that was parsed and validated. Operations share it: never change it.
type Document struct {
	*ast.QueryDocument

	Hash       Hash
	Registered bool
	Deprecated []string // the deprecated fields, arguments and enum values that it uses, sorted

	eventVariables map[string][]string // see EventVariables
	sharedUntil    atomic.Int64        // by SharedDocuments, in seconds since 1970, as far as this node knows
}

// newDocument describes a validated document.
func newDocument(parsed *ast.QueryDocument, hash Hash, registered bool, schema *ast.Schema) *Document {
	return &Document{
		QueryDocument: parsed, Hash: hash, Registered: registered,
		Deprecated: deprecatedIn(schema, parsed), eventVariables: eventVariablesOf(schema, parsed),
	}
}

// EventVariables returns the names of the variables that determine what a subscription of the document shows of an event, sorted. The
// arguments of its root field do not count: they select the events.
func (d *Document) EventVariables(subscription *ast.OperationDefinition) []string {
	return d.eventVariables[subscription.Name]
}
