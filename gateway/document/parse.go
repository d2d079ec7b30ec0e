package document

import (
	"errors"
	"strings"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"aisle/gateway/apierror"
	"aisle/gateway/limits"
)

// maxSuggestLen is the length of documents, in bytes, whose errors suggest names: for a longer one that takes too long.
const maxSuggestLen = 16 << 10

// parse parses a document, checks its limits and validates it. gqlgen's own parser limits only the tokens.
func parse(schema *ast.Schema, query limits.Query, text string, suggest bool) (*ast.QueryDocument, []error) {
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, query.Tokens)
	if err != nil {
		return nil, []error{parseError(query, err)}
	}
	if len(document.Operations) == 0 {
		return nil, []error{apierror.New(apierror.CodeValidation, "The document has no operation.")}
	}
	if err := query.Check(document); err != nil {
		return nil, []error{err}
	}
	rules := validationRulesWithoutSuggestions
	if suggest && len(text) <= maxSuggestLen {
		rules = validationRules
	}
	var errs []error
	for _, err := range validator.ValidateWithRules(schema, document, rules()) {
		errcode.Set(err, errcode.ValidationFailed)
		err.Message = withoutValue(err)
		errs = append(errs, err)
	}
	return document, errs
}

// parseError returns the error for a document that gqlparser cannot parse. Its limits have no type, only a text.
func parseError(query limits.Query, err error) error {
	located := new(gqlerror.Error)
	switch {
	case !errors.As(err, &located):
		return apierror.New(apierror.CodeParse, "The document cannot be parsed.")
	case strings.HasPrefix(located.Message, "exceeded token limit"):
		return apierror.New(apierror.CodeLimit, "The document has more than %d tokens, the limit.", query.Tokens)
	case strings.HasPrefix(located.Message, "exceeded maximum nesting depth"):
		return apierror.New(apierror.CodeLimit, "The document is nested more than %d levels deep, the limit.", parser.MaxNestingDepth)
	}
	located.Message = withoutValue(located)
	errcode.Set(located, errcode.ParseFailed)
	return located
}

// withoutValue returns the message of an error without the value in it: a literal may be a password.
func withoutValue(err *gqlerror.Error) string {
	if strings.HasPrefix(err.Message, "Unexpected ") && !strings.HasPrefix(err.Message, "Unexpected Name") {
		what, _, _ := strings.Cut(err.Message, ` "`)
		return what
	}
	if strings.HasPrefix(err.Rule, "ValuesOfCorrectType") {
		for before, replacement := range map[string]string{" value: ": " value.", ", found ": "."} {
			if what, _, has := strings.Cut(err.Message, before); has {
				return what + replacement
			}
		}
	}
	return err.Message
}
