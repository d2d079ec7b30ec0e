package document

import (
	"cmp"
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
	"aisle/gateway/apierror"
)

// An Operation is one to register. Clients send its document byte for byte, or its hash.
type Operation struct {
	Client   string // who sends it
	Name     string // of the only operation in the document
	Document string
}

// Register replaces the registered operations, also while requests are answered. It leaves out operations that the schema rejects
// and returns an error for each problem, with the client and the name.
func (s *Store) Register(list []Operation) []error {
	known := s.safelist.Load().documents
	next := &safelist{documents: make(map[Hash]*Document, len(list))}
	names := make([]string, 0, len(list))
	var problems []error
	for _, o := range list {
		hash := HashOf(o.Document)
		document := cmp.Or(next.documents[hash], known[hash])
		if document == nil || document.Operations[0].Name != o.Name {
			parsed, errs := ParseOperation(s.config.Schema, o.Client+"/"+o.Name, o)
			if len(errs) > 0 {
				problems = append(problems, errs...)
				continue
			}
			document = newDocument(parsed, hash, true, s.config.Schema)
		}
		next.documents[hash] = document
		next.maxLen = max(next.maxLen, len(o.Document))
		names = append(names, o.Name)
		s.registerClients(o.Client)
	}
	if s.config.Names != nil {
		s.config.Names.RegisterOperations(names...)
	}
	s.safelist.Store(next)
	return problems
}

func (s *Store) registerClients(name string) {
	if s.config.Names != nil {
		s.config.Names.RegisterClients(name)
	}
}

// Registered returns the registered document of a request; nil when it is not registered.
func (s *Store) Registered(params *graphql.RawParams) *Document {
	safelist := s.safelist.Load()
	if len(params.Query) > safelist.maxLen {
		return nil
	}
	hash, _, err := hashOf(params)
	if err != nil {
		return nil
	}
	return safelist.documents[hash]
}

// checkRegisteredOnly rejects a document that is not registered where only administrators may send such. A requester whose token was
// rejected learns that instead: the token may be an administrator's.
func (s *Store) checkRegisteredOnly(from Requester) error {
	switch {
	case !s.config.OnlyRegistered || from.Viewer.Role == auth.RoleAdmin:
		return nil
	case from.AuthErr != nil:
		return from.AuthErr
	}
	return apierror.New(apierror.CodeForbidden, "This server runs registered operations only, and this one is not registered. Send a "+
		"registered document byte for byte, or its hash. Operators register operations with `aisle operations register`.")
}

// ParseOperation parses and validates a document that is to be registered. Each error begins with the file and, where it has one, the
// line. No limit applies: operators know what their operations cost.
func ParseOperation(schema *ast.Schema, file string, o Operation) (*ast.QueryDocument, []error) {
	if !utf8.ValidString(o.Document) || strings.Contains(o.Document, "\x00") {
		return nil, []error{fmt.Errorf("%s: the file must be text in UTF-8 without NUL bytes", file)}
	}
	parsed, err := parser.ParseQuery(&ast.Source{Input: o.Document})
	if err != nil {
		located := new(gqlerror.Error)
		if !errors.As(err, &located) {
			located = gqlerror.Wrap(err)
		}
		return nil, []error{inFile(file, located)}
	}
	var errs []error
	for _, err := range validator.ValidateWithRules(schema, parsed, validationRules()) {
		errs = append(errs, inFile(file, err))
	}
	if len(parsed.Operations) != 1 || parsed.Operations[0].Name != o.Name {
		errs = append(errs, fmt.Errorf("%s: the file must hold one operation, named %s; it holds %s", file, o.Name, namesOf(parsed.Operations)))
	}
	return parsed, errs
}

// namesOf lists the names of operations.
func namesOf(list ast.OperationList) string {
	names := make([]string, len(list))
	for i, o := range list {
		names[i] = cmp.Or(o.Name, "one without a name")
	}
	return cmp.Or(strings.Join(names, ", "), "none")
}

// inFile returns an error that begins with the file and the line.
func inFile(file string, err *gqlerror.Error) error {
	if len(err.Locations) == 0 {
		return fmt.Errorf("%s: %s", file, err.Message)
	}
	return fmt.Errorf("%s:%d: %s", file, err.Locations[0].Line, err.Message)
}
