package server

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"aisle/auth"
)

// Operation is one that is registered, or is to be: a document that a client sends to the letter, or as its hash.
type Operation struct {
	Client   string // who sends it
	Name     string // that of the only operation in the document
	Document string
}

// HashOf is the SHA-256 of a document in hex, as a client sends it.
func HashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// registry has the registered operations. It is replaced as a whole.
type registry struct {
	documents map[hash]*document
	longest   int // bytes of a document
}

// Register replaces the registered operations by these, also while requests are answered. What the schema does not take is
// left out: the errors say why, each with the client and the name.
func (s *Server) Register(list []Operation) []error {
	known := s.registry.Load().documents
	next := &registry{documents: make(map[hash]*document, len(list))}
	names := make([]string, 0, len(list))
	var wrong []error
	for _, o := range list {
		of := hash(sha256.Sum256([]byte(o.Document)))
		d := cmp.Or(next.documents[of], known[of])
		if d == nil || d.Operations[0].Name != o.Name {
			parsed, errs := ReadOperation(s.config.Schema.Schema(), o.Client+"/"+o.Name, o)
			if len(errs) > 0 {
				wrong = append(wrong, errs...)
				continue
			}
			d = &document{QueryDocument: parsed, hash: of, registered: true, deprecated: deprecatedIn(parsed)}
		}
		next.documents[of] = d
		next.longest = max(next.longest, len(o.Document))
		names = append(names, o.Name)
		s.config.Metrics.RegisterClients(o.Client)
	}
	s.config.Metrics.RegisterOperations(names...)
	s.registry.Store(next)
	return wrong
}

// ReadOperation parses and validates a document that is to be registered. Each error begins with the file and, where it
// has one, the line. No limit holds: whoever registers it knows what it costs.
func ReadOperation(schema *ast.Schema, file string, o Operation) (*ast.QueryDocument, []error) {
	if !utf8.ValidString(o.Document) || strings.Contains(o.Document, "\x00") {
		return nil, []error{fmt.Errorf("%s: this is no text in UTF-8", file)}
	}
	parsed, err := parser.ParseQuery(&ast.Source{Input: o.Document})
	if err != nil {
		located := new(gqlerror.Error)
		if !errors.As(err, &located) {
			located = gqlerror.Wrap(err)
		}
		return nil, []error{at(file, located)}
	}
	var errs []error
	for _, err := range validator.ValidateWithRules(schema, parsed, helpfulRules()) {
		errs = append(errs, at(file, err))
	}
	if len(parsed.Operations) != 1 || parsed.Operations[0].Name != o.Name {
		errs = append(errs, fmt.Errorf("%s: it must hold one operation, of the name %s, and holds %s", file, o.Name, namesOf(parsed.Operations)))
	}
	return parsed, errs
}

// namesOf says which operations there are.
func namesOf(list ast.OperationList) string {
	names := make([]string, len(list))
	for i, o := range list {
		names[i] = cmp.Or(o.Name, "one without a name")
	}
	return cmp.Or(strings.Join(names, ", "), "none")
}

// at is an error with its place before it.
func at(file string, err *gqlerror.Error) error {
	if len(err.Locations) == 0 {
		return fmt.Errorf("%s: %s", file, err.Message)
	}
	return fmt.Errorf("%s:%d: %s", file, err.Locations[0].Line, err.Message)
}

// registered is the registered document that is asked for; nil when it is none.
func (s *Server) registered(params *graphql.RawParams) *document {
	registry := s.registry.Load()
	if len(params.Query) > registry.longest {
		return nil
	}
	of, _, err := hashOf(params)
	if err != nil {
		return nil
	}
	return registry.documents[of]
}

// mayAskAnything refuses what is not registered, where that is asked for, but of administrators. Who sent a wrong token is
// told that: it may be an administrator's.
func (s *Server) mayAskAnything(ctx context.Context, v auth.Viewer) error {
	if !s.config.OnlyRegistered || v.Role == auth.RoleAdmin {
		return nil
	}
	if err, ok := ctx.Value(denialKey{}).(error); ok {
		return err
	}
	return refuse(0, codeForbidden, "This server runs registered operations alone, and this is none: send a registered "+
		"document to the letter, or its hash. Who runs the server registers others, with `aisle operations register`.")
}
