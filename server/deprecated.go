package server

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// deprecatedIn is what a validated document asks for that the schema says is deprecated, sorted: fields as Store.phone,
// arguments as Query.tasks(due:), enum values as TaskStatus.LATE, fields of inputs as TaskInput.due. What is in variables is
// not looked at.
func deprecatedIn(document *ast.QueryDocument) []string {
	var found deprecations
	for _, operation := range document.Operations {
		found.set(operation.SelectionSet)
	}
	for _, fragment := range document.Fragments {
		found.set(fragment.SelectionSet)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

type deprecations []string

func (d *deprecations) set(set ast.SelectionSet) {
	for _, selection := range set {
		switch one := selection.(type) {
		case *ast.Field:
			d.field(one)
			d.set(one.SelectionSet)
		case *ast.InlineFragment:
			d.set(one.SelectionSet)
		}
	}
}

func (d *deprecations) field(field *ast.Field) {
	if field.Definition == nil || field.ObjectDefinition == nil { // __typename
		return
	}
	name := field.ObjectDefinition.Name + "." + field.Name
	d.note(field.Definition.Directives, name)
	for _, argument := range field.Arguments {
		if defined := field.Definition.Arguments.ForName(argument.Name); defined != nil {
			d.note(defined.Directives, name+"("+argument.Name+":)")
		}
		d.value(argument.Value)
	}
}

func (d *deprecations) value(value *ast.Value) {
	if value == nil {
		return
	}
	if value.Kind == ast.EnumValue && value.Definition != nil {
		if defined := value.Definition.EnumValues.ForName(value.Raw); defined != nil {
			d.note(defined.Directives, value.Definition.Name+"."+value.Raw)
		}
	}
	for _, child := range value.Children {
		if value.Kind == ast.ObjectValue && value.Definition != nil {
			if defined := value.Definition.Fields.ForName(child.Name); defined != nil {
				d.note(defined.Directives, value.Definition.Name+"."+child.Name)
			}
		}
		d.value(child.Value)
	}
}

func (d *deprecations) note(directives ast.DirectiveList, what string) {
	if directives.ForName("deprecated") != nil {
		*d = append(*d, what)
	}
}
