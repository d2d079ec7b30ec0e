package document

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// deprecatedIn returns what a validated document uses that the schema deprecates, sorted: fields as Store.phone, arguments as
// Query.tasks(due:), enum values as TaskStatus.LATE, input fields as TaskInput.due. It does not see what is in variables.
func deprecatedIn(schema *ast.Schema, document *ast.QueryDocument) []string {
	var found deprecations
	events := &core.Events{}
	events.OnField(func(_ *core.Walker, field *ast.Field) { found.field(field) })
	events.OnValue(func(_ *core.Walker, value *ast.Value) { found.value(value) })
	validator.Walk(schema, document, events)
	slices.Sort(found)
	return slices.Compact(found)
}

type deprecations []string

func (d *deprecations) field(field *ast.Field) {
	if field.Definition == nil || field.ObjectDefinition == nil { // __typename
		return
	}
	name := field.ObjectDefinition.Name + "." + field.Name
	d.add(field.Definition.Directives, name)
	for _, argument := range field.Arguments {
		if definition := field.Definition.Arguments.ForName(argument.Name); definition != nil {
			d.add(definition.Directives, name+"("+argument.Name+":)")
		}
	}
}

func (d *deprecations) value(value *ast.Value) {
	if value.Definition == nil {
		return
	}
	switch value.Kind { //nolint:exhaustive // nothing else has a name that can be deprecated
	case ast.EnumValue:
		if definition := value.Definition.EnumValues.ForName(value.Raw); definition != nil {
			d.add(definition.Directives, value.Definition.Name+"."+value.Raw)
		}
	case ast.ObjectValue:
		for _, child := range value.Children {
			if definition := value.Definition.Fields.ForName(child.Name); definition != nil {
				d.add(definition.Directives, value.Definition.Name+"."+child.Name)
			}
		}
	}
}

func (d *deprecations) add(directives ast.DirectiveList, name string) {
	if directives.ForName("deprecated") != nil {
		*d = append(*d, name)
	}
}
