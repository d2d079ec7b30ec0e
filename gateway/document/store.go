package document

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"golang.org/x/sync/semaphore"

	"aisle/auth"
	"aisle/gateway/apierror"
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

// NewStore returns a Store without registered operations.
func NewStore(config Config) *Store {
	s := &Store{
		config:     config,
		queryCache: otter.Must(&otter.Options[Hash, *Document]{MaximumSize: maxCachedDocuments}),
	}
	s.safelist.Store(&safelist{})
	return s
}

// Load returns the document of a request, which is in its text or known by its hash. Its errors are those of a GraphQL response.
func (s *Store) Load(ctx context.Context, params *graphql.RawParams, from Requester) (*Document, []error) {
	if document := s.Registered(params); document != nil {
		return document, nil
	}
	if err := s.checkRegisteredOnly(from); err != nil {
		return nil, []error{err}
	}
	text := params.Query
	if n := len(text); n > s.config.Limits.Document {
		return nil, []error{apierror.New(apierror.CodeLimit, "The document has %d bytes, the limit is %d.", n, s.config.Limits.Document)}
	}
	hash, persisted, err := hashOf(params)
	if err != nil {
		return nil, []error{err}
	}
	document, ok := s.queryCache.GetIfPresent(hash)
	if !ok {
		if text == "" {
			if text, err = s.sharedText(ctx, from.Account, hash); err != nil {
				return nil, []error{err}
			}
		}
		var errs []error
		if document, errs = s.parse(ctx, text, hash, from); len(errs) > 0 {
			return nil, errs
		}
	}
	if persisted {
		s.share(ctx, from.Viewer, document, text)
	}
	return document, nil
}

// parse parses a document that this node does not know, and caches it.
func (s *Store) parse(ctx context.Context, text string, hash Hash, from Requester) (*Document, []error) {
	if err := from.Account.ChargeNewDocument(ctx, len(text)); err != nil {
		return nil, []error{err}
	}
	if err := s.config.CPU.Acquire(ctx, 1); err != nil {
		return nil, []error{err}
	}
	defer s.config.CPU.Release(1)
	parsed, errs := parse(s.config.Schema, s.config.Limits, text, from.MayIntrospect)
	if len(errs) > 0 {
		return nil, errs
	}
	document := newDocument(parsed, hash, false, s.config.Schema)
	if len(text) <= maxCachedLen {
		s.queryCache.Set(hash, document)
	}
	return document, nil
}
