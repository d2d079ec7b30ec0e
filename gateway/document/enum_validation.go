package document

import (
	"reflect"
	"slices"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// ValidateEnums returns an error when a variable holds an enum value that the schema does not define. gqlparser has checked
// everything else of the variables, but it ignores the case of enum values.
func ValidateEnums(schema *ast.Schema, operation *ast.OperationDefinition, variables map[string]any) *gqlerror.Error {
	for _, v := range operation.VariableDefinitions {
		path := ast.Path{ast.PathName("variable"), ast.PathName(v.Variable)}
		if err := validateEnums(schema, v.Type, reflect.ValueOf(variables[v.Variable]), path); err != nil {
			errcode.Set(err, errcode.ValidationFailed)
			return err
		}
	}
	return nil
}

func validateEnums(schema *ast.Schema, t *ast.Type, value reflect.Value, path ast.Path) *gqlerror.Error {
	definition := schema.Types[t.Name()]
	if definition.Kind == ast.Scalar {
		return nil
	}
	if value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	path = slices.Clip(path)
	switch value.Kind() { //nolint:exhaustive // no other kind holds enum values
	case reflect.Slice:
		for i := range value.Len() {
			if err := validateEnums(schema, t.Elem, value.Index(i), append(path, ast.PathIndex(i))); err != nil {
				return err
			}
		}
	case reflect.Map:
		for _, field := range definition.Fields {
			in := value.MapIndex(reflect.ValueOf(field.Name))
			if err := validateEnums(schema, field.Type, in, append(path, ast.PathName(field.Name))); err != nil {
				return err
			}
		}
	case reflect.String:
		if name := value.String(); definition.EnumValues.ForName(name) == nil {
			return gqlerror.ErrorPathf(path, "%s is not a valid %s", name, definition.Name)
		}
	}
	return nil
}
