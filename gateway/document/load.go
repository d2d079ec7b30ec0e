package document

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"aisle/gateway/apierror"
)

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
