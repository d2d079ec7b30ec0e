package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"aisle/auth"
)

const (
	cachedDocuments = 1000
	longestCached   = 16 << 10 // bytes: a flood of long documents must not fill the memory
)

// hash is the SHA-256 of a document's text.
type hash [sha256.Size]byte

// document is one that was read: parsed, bounded and validated. Many operations share it: nobody changes it.
type document struct {
	*ast.QueryDocument

	hash       hash
	registered bool
	deprecated []string     // what it asks for that is
	keptUntil  atomic.Int64 // by SharedDocuments, in seconds since 1970, as far as this node knows
}

// documents reads the documents that clients send, and remembers the good ones that were sent last, long ones excepted.
// It does so before gqlgen, whose reading knows no limits but that of tokens.
type documents struct {
	schema *ast.Schema
	limits Limits
	known  *otter.Cache[hash, *document]
}

func newDocuments(schema *ast.Schema, limits Limits) *documents {
	return &documents{schema, limits, otter.Must(&otter.Options[hash, *document]{MaximumSize: cachedDocuments})}
}

// document is what the text says, or what was said under its hash.
func (s *Server) document(ctx context.Context, params *graphql.RawParams, x *exchange) (*document, []error) {
	if document := s.registered(params); document != nil {
		return document, nil
	}
	if err := s.mayAskAnything(ctx, x.viewer); err != nil {
		return nil, []error{err}
	}
	text := params.Query
	if n := len(text); n > s.documents.limits.Document {
		return nil, []error{refuse(0, codeLimit, "The document has %d bytes, the limit is %d.", n, s.documents.limits.Document)}
	}
	hash, persisted, err := hashOf(params)
	if err != nil {
		return nil, []error{err}
	}
	document, ok := s.documents.known.GetIfPresent(hash)
	if !ok {
		if text == "" {
			if text, err = s.sharedText(ctx, x, hash); err != nil {
				return nil, []error{err}
			}
		}
		var errs []error
		if document, errs = s.newDocument(ctx, text, hash, x); len(errs) > 0 {
			return nil, errs
		}
	}
	if persisted {
		s.share(ctx, x, document, text)
	}
	return document, nil
}

// newDocument reads a document that this node does not know.
func (s *Server) newDocument(ctx context.Context, text string, hash hash, x *exchange) (*document, []error) {
	if err := s.chargeNew(ctx, x, len(text)); err != nil {
		return nil, []error{err}
	}
	release, err := s.turns.take(ctx)
	if err != nil {
		return nil, []error{err}
	}
	defer release()
	parsed, errs := s.documents.read(text, s.mayIntrospect(x.viewer))
	document := &document{QueryDocument: parsed, hash: hash}
	if len(errs) == 0 {
		document.deprecated = deprecatedIn(parsed)
	}
	if len(errs) == 0 && len(text) <= longestCached {
		s.documents.known.Set(hash, document)
	}
	return document, errs
}

// read parses, bounds and validates a document. Only who may see the schema is told what they may have meant.
func (d *documents) read(text string, suggest bool) (*ast.QueryDocument, []error) {
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, d.limits.Tokens)
	if err != nil {
		return nil, []error{d.unreadable(err)}
	}
	if len(document.Operations) == 0 {
		return nil, []error{refuse(0, codeValidation, "The document has no operation.")}
	}
	if err := d.limits.check(document); err != nil {
		return nil, []error{err}
	}
	rules := quietRules
	if suggest && len(text) <= longestCached { // else looking for what was meant takes long
		rules = helpfulRules
	}
	var errs []error
	for _, err := range validator.ValidateWithRules(d.schema, document, rules()) {
		errcode.Set(err, errcode.ValidationFailed)
		err.Message = withoutValue(err)
		errs = append(errs, err)
	}
	return document, errs
}

// unreadable is what is said of a document that could not be parsed. gqlparser tells its own limits by their text only.
func (d *documents) unreadable(err error) error {
	located := new(gqlerror.Error)
	switch {
	case !errors.As(err, &located):
		return refuse(0, codeParse, "The document cannot be read.")
	case strings.HasPrefix(located.Message, "exceeded token limit"):
		return refuse(0, codeLimit, "The document has more than %d tokens, the limit.", d.limits.Tokens)
	case strings.HasPrefix(located.Message, "exceeded maximum nesting depth"):
		return refuse(0, codeLimit, "The document is nested more than %d levels deep, the limit.", parser.MaxNestingDepth)
	}
	located.Message = withoutValue(located)
	errcode.Set(located, errcode.ParseFailed)
	return located
}

// withoutValue is the message of an error without the value that it is about: what was sent is not sent back.
func withoutValue(err *gqlerror.Error) string {
	if strings.HasPrefix(err.Message, "Unexpected ") && !strings.HasPrefix(err.Message, "Unexpected Name") {
		what, _, _ := strings.Cut(err.Message, ` "`)
		return what
	}
	if strings.HasPrefix(err.Rule, "ValuesOfCorrectType") {
		for before, instead := range map[string]string{" value: ": " value.", ", found ": "."} {
			if what, _, has := strings.Cut(err.Message, before); has {
				return what + instead
			}
		}
	}
	return err.Message
}

// mayIntrospect says who may see the schema: administrators, and anyone in dev.
func (s *Server) mayIntrospect(v auth.Viewer) bool { return s.config.Dev || v.Role == auth.RoleAdmin }

type documentKey struct{}

// handed gives gqlgen, when it looks into its cache, the document that was read for the operation.
type handed struct{}

var _ graphql.Cache[*ast.QueryDocument] = handed{}

// Get is always a hit.
func (handed) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	document, ok := ctx.Value(documentKey{}).(*ast.QueryDocument)
	return document, ok
}

// Add is never called.
func (handed) Add(context.Context, string, *ast.QueryDocument) {}
