package graph_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// lintConnections: connections take first (50 unless told), after, filter and orderBy, in this order.
func lintConnections(schema *ast.Schema) (list []violation) {
	order := []string{"first", "after", "filter", "orderBy"}
	for definition, field := range eachField(schema, ast.Object, ast.Interface) {
		if !strings.HasSuffix(field.Type.Name(), "Connection") {
			continue
		}
		last, ordered := -1, true
		for _, argument := range field.Arguments {
			at := slices.Index(order, argument.Name)
			ordered, last = ordered && at > last, at
		}
		first, after, filter := field.Arguments.ForName("first"), field.Arguments.ForName("after"), field.Arguments.ForName("filter")
		if !ordered || first == nil || after == nil || first.DefaultValue == nil || first.DefaultValue.Raw != "50" ||
			filter != nil && !strings.HasSuffix(filter.Type.Name(), "Filter") {
			list = append(list, violation{fieldCoordinate(definition, field), "it must take first: Int = 50, after, filter: ...Filter, orderBy, in this order"})
		}
	}
	return list
}

// lintOrders: each order has its reverse.
func lintOrders(schema *ast.Schema) (list []violation) {
	orders := map[string]bool{}
	for _, field := range eachField(schema, ast.Object, ast.Interface) {
		if argument := field.Arguments.ForName("orderBy"); argument != nil {
			orders[argument.Type.Name()] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(orders)) {
		values := schema.Types[name].EnumValues
		for _, value := range values {
			reverse := strings.TrimSuffix(value.Name, "_ASC") + "_DESC"
			if key, isDescending := strings.CutSuffix(value.Name, "_DESC"); isDescending {
				reverse = key + "_ASC"
			}
			if values.ForName(reverse) == nil {
				list = append(list, violation{name + "." + value.Name, "an order ends in _ASC or _DESC, and has its reverse"})
			}
		}
	}
	return list
}

// lintCounts: the name of a number of things ends in Count.
func lintCounts(schema *ast.Schema) (list []violation) {
	number := regexp.MustCompile(`^(The (maximum )?number of|How many) `)
	for definition, field := range eachField(schema, ast.Object, ast.Interface) {
		if field.Type.Name() == "Int" && number.MatchString(field.Description) && !strings.HasSuffix(field.Name, "Count") &&
			!strings.Contains(field.Description, "number of seconds") {
			list = append(list, violation{fieldCoordinate(definition, field), "the name of a count ends in Count: " + field.Description})
		}
	}
	return list
}

// lintBooleans: the name of a boolean begins with is, has or can.
func lintBooleans(schema *ast.Schema) (list []violation) {
	name := regexp.MustCompile(`^(is|has|can)[A-Z]`)
	for definition, field := range eachField(schema, ast.Object, ast.Interface, ast.InputObject) {
		if field.Type.Name() == "Boolean" && !name.MatchString(field.Name) {
			list = append(list, violation{fieldCoordinate(definition, field), "the name of a boolean begins with is, has or can"})
		}
		for _, argument := range field.Arguments {
			if argument.Type.Name() == "Boolean" && !name.MatchString(argument.Name) {
				list = append(list, violation{argumentCoordinate(definition, field, argument), "the name of a boolean begins with is, has or can"})
			}
		}
	}
	return list
}

// lintSameTypes: fields of one name have one type in all types of an interface or union. Otherwise a document that selects them in
// several of these types is invalid (the specification's "Field Selection Merging"). Enums are left out: each kind of object has its
// own statuses.
func lintSameTypes(schema *ast.Schema) (list []violation) {
	for _, abstract := range eachType(schema, ast.Interface, ast.Union) {
		first := map[string]*ast.Definition{}
		for _, object := range schema.PossibleTypes[abstract.Name] {
			for _, field := range object.Fields {
				other := first[field.Name]
				if other == nil {
					first[field.Name] = object
				} else if schema.Types[field.Type.Name()].Kind == ast.Enum {
					continue
				} else if typ := other.Fields.ForName(field.Name).Type.String(); typ != field.Type.String() {
					list = append(list, violation{
						other.Name + "." + field.Name,
						abstract.Name + " has it as " + typ + ", and in " + object.Name + " as " + field.Type.String(),
					})
				}
			}
		}
	}
	return list
}

// lintNullability: what is loaded on its own, or needs a permission that its parent does not need, can be null without its parent.
func lintNullability(schema *ast.Schema) (list []violation) {
	computed := []string{"isOverdue", "eventCursor"} // without loading anything
	for definition, field := range eachField(schema, ast.Object) {
		binding := field.Directives.ForName("goField")
		parent := permission(definition.Directives)
		if connection := schema.Types[strings.TrimSuffix(definition.Name, "Edge")+"Connection"]; connection != nil && strings.HasSuffix(definition.Name, "Edge") {
			parent = permission(connection.Directives)
		}
		needs := permission(field.Directives)
		if needs == "" {
			needs = permission(schema.Types[field.Type.Name()].Directives)
		}
		isBatch := binding != nil && binding.Arguments.ForName("batch") != nil && !slices.Contains(computed, field.Name)
		if field.Type.NonNull && definition != schema.Subscription && (definition == schema.Query || isBatch || needs != "" && needs != parent) {
			list = append(list, violation{fieldCoordinate(definition, field), "it can fail, or be forbidden, on its own and must be nullable"})
		}
	}
	return list
}

// lintTimestamps: what has versions says when it was created and changed.
func lintTimestamps(schema *ast.Schema) (list []violation) {
	for _, object := range schema.PossibleTypes["Node"] {
		for _, name := range []string{"createdAt", "updatedAt"} {
			f := object.Fields.ForName(name)
			if object.Fields.ForName("version") != nil && (f == nil || f.Type.String() != "DateTime!") {
				list = append(list, violation{object.Name + "." + name, "it must have " + name + ": DateTime!"})
			}
		}
	}
	return list
}
