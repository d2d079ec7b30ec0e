package document

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"golang.org/x/sync/semaphore"

	"aisle/auth"
	"aisle/gateway/limits"
)

const (
	maxCachedDocuments = 1000
	maxCachedLen       = 16 << 10 // bytes of one document: a flood of long ones must not fill the memory
)

// Config configures a Store.
type Config struct {
	Schema         *ast.Schema
	Limits         limits.Query
	Shared         SharedDocuments // nil for the query cache of this node alone
	OnlyRegistered bool            // only administrators may send other documents
	Names          NameRegistry    // learns the names of registered operations; nil for none
	CPU            *semaphore.Weighted
	Now            func() time.Time
}

// SharedDocuments stores the texts of documents by their hash, in hex, for all nodes. *redis.DocumentStore implements it. A false
// ok or done also means that the store does not answer: the client then sends the text.
type SharedDocuments interface {
	Find(ctx context.Context, hash string) (text string, ok bool)
	Put(ctx context.Context, hash, text string, ttl time.Duration) (done bool)
	Renew(ctx context.Context, hash string, ttl time.Duration) (done bool)
}

// A NameRegistry learns the names that may become labels of metrics. *telemetry.Metrics implements it.
type NameRegistry interface {
	RegisterClients(names ...string)
	RegisterOperations(names ...string)
}

// A Requester is the viewer who sends a document.
type Requester struct {
	Viewer        auth.Viewer
	AuthErr       error // why there is no viewer although the request has a token; nil otherwise
	MayIntrospect bool  // sees the schema, and so suggestions of names
	Account       Account
}

// An Account charges a requester for a document that this node does not know. *quota.Account implements it.
type Account interface {
	ChargeNewDocument(ctx context.Context, bytes int) error
}

// A Store finds and parses documents.
type Store struct {
	config     Config
	queryCache *otter.Cache[Hash, *Document]
	safelist   atomic.Pointer[safelist]
}

// safelist holds the registered operations. It never changes: Register replaces it.
type safelist struct {
	documents map[Hash]*Document
	maxLen    int // bytes of the longest document
}

// NewStore returns a Store without registered operations.
func NewStore(config Config) *Store {
	s := &Store{
		config:     config,
		queryCache: otter.Must(&otter.Options[Hash, *Document]{MaximumSize: maxCachedDocuments}),
	}
	s.safelist.Store(&safelist{})
	return s
}
