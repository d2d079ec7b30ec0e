package sdl_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/graph"
	"aisle/graph/sdl"
)

func load(t *testing.T, text string) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: text})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestBreakingChangesAreFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		released, current string
		want              []string
	}{
		"nothing":                   {`type T { a: Int }`, `type T { a: Int }`, nil},
		"a removed type":            {`type T { a: Int } type U { a: Int }`, `type T { a: Int }`, []string{"U: removed"}},
		"another kind":              {`type T { a: Int }`, `input T { a: Int }`, []string{"T: was OBJECT, is INPUT_OBJECT"}},
		"a removed field":           {`type T { a: Int b: Int }`, `type T { a: Int }`, []string{"T.b: removed"}},
		"another type":              {`type T { a: Int }`, `type T { a: String }`, []string{"T.a: was Int, is String"}},
		"a list":                    {`type T { a: Int }`, `type T { a: [Int] }`, []string{"T.a: was Int, is [Int]"}},
		"a result that may be null": {`type T { a: Int! b: [Int!] }`, `type T { a: Int b: [Int] }`, []string{"T.a: was Int!, is Int", "T.b: was [Int!], is [Int]"}},
		"a result that is not null": {`type T { a: Int b: [Int] }`, `type T { a: Int! b: [Int!]! }`, nil},
		"an input that is required": {`input T { a: Int b: [Int] }`, `input T { a: Int! b: [Int!] }`, []string{"T.a: was Int, is Int!", "T.b: was [Int], is [Int!]"}},
		"an input that may be null": {`input T { a: Int! b: [Int!]! }`, `input T { a: Int b: [Int] }`, nil},
		"new fields":                {`type T { a: Int } input I { a: Int }`, `type T { a: Int b: Int! } input I { a: Int b: Int c: Int! = 1 }`, nil},
		"a new required field":      {`input I { a: Int }`, `input I { a: Int b: Int! }`, []string{"I.b: new and required"}},
		"a removed argument":        {`type T { a(x: Int, y: Int): Int }`, `type T { a(x: Int): Int }`, []string{"T.a(y:): removed"}},
		"a required argument":       {`type T { a(x: Int): Int }`, `type T { a(x: Int!, y: Int!, z: Int! = 1, w: Int): Int }`, []string{"T.a(x:): was Int, is Int!", "T.a(y:): new and required"}},
		"another default":           {`type T { a(x: Int = 1, y: Int): Int }`, `type T { a(x: Int = 2, y: Int): Int }`, []string{"T.a(x:): the default changed from 1 to 2"}},
		"a default of an input":     {`input I { a: Int = 1 }`, `input I { a: Int }`, []string{"I.a: the default changed from 1 to no value"}},
		"a removed enum value":      {`enum E { A B }`, `enum E { B C }`, []string{"E.A: removed"}},
		"a removed member":          {`type A { a: Int } type B { a: Int } union U = A | B`, `type A { a: Int } type B { a: Int } union U = A`, []string{"U: no longer has the member B"}},
		"a removed interface":       {`interface I { a: Int } type A implements I { a: Int }`, `interface I { a: Int } type A { a: Int }`, []string{"A: no longer implements I"}},
		"one of":                    {`input I { a: Int b: Int }`, `input I @oneOf { a: Int b: Int }`, []string{"I: takes only one field now"}},
		"an argument of Query":      {`type Query { a(x: Int): Int }`, `type Query { a: Int }`, []string{"Query.a(x:): removed"}},
	} {
		got := sdl.BreakingChanges(load(t, c.released), load(t, c.current))

		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s, -want +got:\n%s", name, diff)
		}
	}
}

// What is printed is the whole schema, with its descriptions, and nothing that only gqlgen reads.
func TestPrintShowsWhatClientsSee(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	before := schema.Types["Partner"].Directives.ForName("goModel")

	text := sdl.Print(schema)

	printed := load(t, text)
	if changes := slices.Concat(sdl.BreakingChanges(schema, printed), sdl.BreakingChanges(printed, schema)); changes != nil {
		t.Errorf("it prints another schema: %v", changes)
	}
	for name, definition := range schema.Types {
		if other := printed.Types[name]; other == nil || other.Description != definition.Description {
			t.Errorf("%s has another description", name)
		}
	}
	if i := strings.Index(text, "@go"); i >= 0 {
		t.Errorf("it shows a binding to Go: %s", text[i:i+40])
	}
	if before == nil || schema.Types["Partner"].Directives.ForName("goModel") == nil {
		t.Error("it changes the schema")
	}
	if text != sdl.Print(schema) {
		t.Error("it prints the schema in another order")
	}
}
