// Package sdl prints the schema in GraphQL's schema definition language, and compares it with that of a release.
package sdl

import (
	"bytes"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

// Print returns the schema that clients see, with descriptions. It omits the directives that bind the schema to Go.
func Print(schema *ast.Schema) string {
	// The copy that is parsed can be changed: others use the schema.
	document, err := parser.ParseSchema(&ast.Source{Name: "schema", Input: format(func(f formatter.Formatter) { f.FormatSchema(schema) })})
	if err != nil {
		panic(err) // the formatter writes what the parser reads
	}
	hideBindings(document)
	return format(func(f formatter.Formatter) { f.FormatSchemaDocument(document) })
}

func format(write func(formatter.Formatter)) string {
	var text bytes.Buffer
	write(formatter.NewFormatter(&text, formatter.WithIndent("  ")))
	return text.String()
}

// hideBindings removes the directives that only gqlgen reads, and the definitions of those that every server has.
func hideBindings(document *ast.SchemaDocument) {
	isBinding := func(name string) bool { return strings.HasPrefix(name, "go") }
	uses := func(list *ast.DirectiveList) {
		*list = slices.DeleteFunc(*list, func(d *ast.Directive) bool { return isBinding(d.Name) })
	}
	document.Directives = slices.DeleteFunc(document.Directives, func(d *ast.DirectiveDefinition) bool { return isBinding(d.Name) })
	for _, definition := range document.Definitions {
		uses(&definition.Directives)
		for _, field := range definition.Fields {
			uses(&field.Directives)
		}
		for _, value := range definition.EnumValues {
			uses(&value.Directives)
		}
	}
}
