package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"aisle/graph"
)

// Each type, field, argument and enum value has a description that is a sentence.
func TestEverythingInTheSchemaHasADescription(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	check := func(what, description string) {
		if !strings.HasSuffix(strings.TrimSpace(description), ".") {
			t.Errorf("%s has no description that is a sentence: %q", what, description)
		}
	}
	for _, definition := range schema.Types {
		if definition.BuiltIn {
			continue
		}
		check(definition.Name, definition.Description)
		for _, field := range definition.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			check(definition.Name+"."+field.Name, field.Description)
			for _, argument := range field.Arguments {
				check(definition.Name+"."+field.Name+"("+argument.Name+")", argument.Description)
			}
		}
		for _, value := range definition.EnumValues {
			check(definition.Name+"."+value.Name, value.Description)
		}
	}
}

// All fields that return connections take the same arguments.
func TestConnectionsTakeFirstAndAfter(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for _, definition := range schema.Types {
		for _, field := range definition.Fields {
			if definition.Kind != ast.Object || !strings.HasSuffix(field.Type.Name(), "Connection") {
				continue
			}
			first, after := field.Arguments.ForName("first"), field.Arguments.ForName("after")
			if first == nil || after == nil || first.DefaultValue == nil || first.DefaultValue.Raw != "50" {
				t.Errorf("%s.%s does not take first (50 unless told) and after", definition.Name, field.Name)
			}
		}
	}
}

// Name is loaded on its own can fail on its own, and takes nothing else of the answer with it.
func TestLoadedFieldsAreNullable(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	computed := []string{"isOverdue", "eventCursor"} // without loading anything
	for _, definition := range schema.Types {
		for _, field := range definition.Fields {
			binding := field.Directives.ForName("goField")
			loads := definition == schema.Query || binding != nil && binding.Arguments.ForName("batch") != nil
			if loads && field.Type.NonNull && !slices.Contains(computed, field.Name) && !strings.HasPrefix(field.Name, "__") {
				t.Errorf("%s.%s is non-null: if it fails, its parent is null", definition.Name, field.Name)
			}
		}
	}
}

// Mutations can be retried safely and return business errors in the payload.
func TestMutationsTakeAnIdempotencyKeyAndReturnUserErrors(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	sessions := []string{"signIn", "refreshSession", "signOut"} // each makes a session's tokens, or ends it
	for _, field := range schema.Mutation.Fields {
		if slices.Contains(sessions, field.Name) {
			continue
		}
		input := schema.Types[field.Arguments.ForName("input").Type.Name()]
		if key := input.Fields.ForName("idempotencyKey"); key == nil || key.Type.String() != "String" {
			t.Errorf("%s has no idempotencyKey: String", input.Name)
		}
		if errs := schema.Types[field.Type.Name()].Fields.ForName("userErrors"); errs == nil || errs.Type.String() != "[UserError!]!" {
			t.Errorf("%s has no userErrors: [UserError!]!", field.Type.Name())
		}
	}
}

// permission returns the argument of @can, or an empty string.
func permission(directives ast.DirectiveList) string {
	if can := directives.ForName("can"); can != nil {
		return can.Arguments.ForName("permission").Value.Raw
	}
	return ""
}

func TestEachRootFieldHasOneAuthorizationDirective(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, field := range root.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			rules := 0
			for _, name := range []string{"public", "signedIn", "can"} {
				if field.Directives.ForName(name) != nil {
					rules++
				}
			}
			if rules != 1 {
				t.Errorf("%s.%s has %d of @public, @signedIn and @can, and must have one", root.Name, field.Name, rules)
			}
		}
	}
}

// Otherwise a connection would reveal the objects, or their number, without the permission of the type.
func TestTypesAndTheirConnectionsNeedTheSamePermission(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for _, node := range schema.PossibleTypes["Node"] {
		if permission(node.Directives) == "" {
			t.Errorf("%s has an id and no @can", node.Name)
		}
		list := schema.Types[node.Name+"Connection"]
		if list != nil && permission(list.Directives) != permission(node.Directives) {
			t.Errorf("%s and %s need different permissions", node.Name, list.Name)
		}
	}
}
