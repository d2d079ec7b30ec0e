package server

import (
	"context"
	"reflect"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// words refuses variables that do not write the words of enumerations as the schema does. gqlparser takes capitals and small
// letters for the same; no module does.
type words struct{ types map[string]*ast.Definition }

// ExtensionName names it for gqlgen.
func (words) ExtensionName() string { return "Words" }

// Validate accepts every schema.
func (words) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext refuses the operation or lets it pass.
func (w words) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	for _, v := range operation.Operation.VariableDefinitions {
		path := ast.Path{ast.PathName("variable"), ast.PathName(v.Variable)}
		if err := w.check(v.Type, reflect.ValueOf(operation.Variables[v.Variable]), path); err != nil {
			errcode.Set(err, errcode.ValidationFailed)
			return err
		}
	}
	return nil
}

// check looks at a value that fits the type but for its words.
func (w words) check(t *ast.Type, value reflect.Value, path ast.Path) *gqlerror.Error {
	definition := w.types[t.Name()]
	if definition.Kind == ast.Scalar {
		return nil
	}
	if value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	path = slices.Clip(path)
	switch value.Kind() { //nolint:exhaustive // what else there is has no words
	case reflect.Slice:
		for i := range value.Len() {
			if err := w.check(t.Elem, value.Index(i), append(path, ast.PathIndex(i))); err != nil {
				return err
			}
		}
	case reflect.Map:
		for _, field := range definition.Fields {
			in := value.MapIndex(reflect.ValueOf(field.Name))
			if err := w.check(field.Type, in, append(path, ast.PathName(field.Name))); err != nil {
				return err
			}
		}
	case reflect.String:
		if word := value.String(); definition.EnumValues.ForName(word) == nil {
			return gqlerror.ErrorPathf(path, "%s is not a valid %s", word, definition.Name)
		}
	}
	return nil
}
