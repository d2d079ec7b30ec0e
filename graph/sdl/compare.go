package sdl

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// BreakingChanges returns what clients of a released schema may no longer send or get from the current one, each with its schema
// coordinate, in alphabetical order: removed types, fields, arguments, enum values and members, changed types, results that may be null
// now, inputs that may not be null any more, and new ones that are required.
func BreakingChanges(released, current *ast.Schema) []string {
	c := comparison{released: released, current: current}
	for _, name := range slices.Sorted(maps.Keys(released.Types)) {
		if before := released.Types[name]; !before.BuiltIn {
			c.compareTypes(before, current.Types[name])
		}
	}
	slices.Sort(c.changes)
	return c.changes
}

type comparison struct {
	released, current *ast.Schema

	changes []string
}

func (c *comparison) breaksf(coordinate, format string, args ...any) {
	c.changes = append(c.changes, coordinate+": "+fmt.Sprintf(format, args...))
}

func (c *comparison) compareTypes(before, now *ast.Definition) {
	if now == nil {
		c.breaksf(before.Name, "removed")
		return
	}
	if before.Kind != now.Kind {
		c.breaksf(before.Name, "was %s, is %s", before.Kind, now.Kind)
		return
	}
	c.compareFields(before, now)
	for _, value := range before.EnumValues {
		if now.EnumValues.ForName(value.Name) == nil {
			c.breaksf(before.Name+"."+value.Name, "removed")
		}
	}
	for _, member := range before.Types {
		if !slices.Contains(now.Types, member) {
			c.breaksf(before.Name, "no longer has the member %s", member)
		}
	}
	for _, parent := range before.Interfaces {
		if !slices.Contains(now.Interfaces, parent) {
			c.breaksf(before.Name, "no longer implements %s", parent)
		}
	}
	if isOneOf(now) && !isOneOf(before) {
		c.breaksf(before.Name, "takes only one field now")
	}
}

func isOneOf(d *ast.Definition) bool { return d.Directives.ForName("oneOf") != nil }

func (c *comparison) compareFields(before, now *ast.Definition) {
	isInput := before.Kind == ast.InputObject
	for _, field := range before.Fields {
		coordinate, other := before.Name+"."+field.Name, now.Fields.ForName(field.Name)
		switch {
		case other == nil:
			c.breaksf(coordinate, "removed")
		case isInput && !accepts(other.Type, field.Type) || !isInput && !accepts(field.Type, other.Type):
			c.breaksf(coordinate, "was %s, is %s", field.Type, other.Type)
		default:
			c.compareArguments(coordinate, field.Arguments, other.Arguments)
		}
		if other != nil && isInput && defaultOf(field.DefaultValue) != defaultOf(other.DefaultValue) {
			c.breaksf(coordinate, "the default changed from %s to %s", defaultOf(field.DefaultValue), defaultOf(other.DefaultValue))
		}
	}
	if isInput {
		c.compareNewInputFields(before, now)
	}
}

func (c *comparison) compareNewInputFields(before, now *ast.Definition) {
	for _, field := range now.Fields {
		if before.Fields.ForName(field.Name) == nil && field.Type.NonNull && field.DefaultValue == nil {
			c.breaksf(before.Name+"."+field.Name, "new and required")
		}
	}
}

func (c *comparison) compareArguments(field string, before, now ast.ArgumentDefinitionList) {
	for _, argument := range before {
		coordinate, other := field+"("+argument.Name+":)", now.ForName(argument.Name)
		switch {
		case other == nil:
			c.breaksf(coordinate, "removed")
		case !accepts(other.Type, argument.Type):
			c.breaksf(coordinate, "was %s, is %s", argument.Type, other.Type)
		case defaultOf(argument.DefaultValue) != defaultOf(other.DefaultValue):
			c.breaksf(coordinate, "the default changed from %s to %s", defaultOf(argument.DefaultValue), defaultOf(other.DefaultValue))
		}
	}
	for _, argument := range now {
		if before.ForName(argument.Name) == nil && argument.Type.NonNull && argument.DefaultValue == nil {
			c.breaksf(field+"("+argument.Name+":)", "new and required")
		}
	}
}

// accepts reports whether a place of one type takes every value of the other: the same type, or one that is stricter about null.
func accepts(place, value *ast.Type) bool {
	if place.NonNull && !value.NonNull {
		return false
	}
	if place.Elem != nil && value.Elem != nil {
		return accepts(place.Elem, value.Elem)
	}
	return place.Elem == nil && value.Elem == nil && place.NamedType == value.NamedType
}

func defaultOf(v *ast.Value) string {
	if v == nil {
		return "no value"
	}
	return v.String()
}
