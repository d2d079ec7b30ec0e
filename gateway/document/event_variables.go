package document

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// eventVariablesOf returns the variables by the name of the subscription; nil for a document without one.
func eventVariablesOf(schema *ast.Schema, document *ast.QueryDocument) map[string][]string {
	isSubscription := func(o *ast.OperationDefinition) bool { return o.Operation == ast.Subscription }
	if !slices.ContainsFunc(document.Operations, isSubscription) {
		return nil
	}
	variables := map[string]map[string]struct{}{}
	add := func(walker *core.Walker, arguments ast.ArgumentList) {
		if walker.CurrentOperation == nil { // a fragment on its own, which the walker visits again where it is spread
			return
		}
		name := walker.CurrentOperation.Name
		if variables[name] == nil {
			variables[name] = map[string]struct{}{}
		}
		for _, argument := range arguments {
			addVariables(variables[name], argument.Value)
		}
	}
	events := &core.Events{}
	events.OnDirective(func(walker *core.Walker, directive *ast.Directive) { add(walker, directive.Arguments) })
	events.OnField(func(walker *core.Walker, field *ast.Field) {
		if field.ObjectDefinition != schema.Subscription {
			add(walker, field.Arguments)
		}
	})
	validator.Walk(schema, document, events)
	sorted := make(map[string][]string, len(variables))
	for name, names := range variables {
		sorted[name] = slices.Sorted(maps.Keys(names))
	}
	return sorted
}

// addVariables adds the variables in a value. It does not use the walker's event for values, which names no field.
func addVariables(names map[string]struct{}, value *ast.Value) {
	if value.Kind == ast.Variable {
		names[value.Raw] = struct{}{}
	}
	for _, child := range value.Children {
		addVariables(names, child.Value)
	}
}
