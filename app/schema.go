package app

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"aisle/resolvers"
)

// schemaCommand prints the schema that clients see.
type schemaCommand struct{}

// Run prints the schema.
func (schemaCommand) Run(t Terminal) error {
	var source bytes.Buffer
	formatter.NewFormatter(&source).FormatSchema((&resolvers.Resolver{}).Schema().Schema())
	document, err := parser.ParseSchema(&ast.Source{Name: "schema", Input: source.String()})
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	hideBindings(document)
	formatter.NewFormatter(t.Out, formatter.WithIndent("  ")).FormatSchemaDocument(document)
	return nil
}

// hideBindings removes the directives that bind the schema to Go, which only gqlgen reads.
func hideBindings(document *ast.SchemaDocument) {
	isBinding := func(name string) bool { return strings.HasPrefix(name, "go") }
	used := func(d *ast.Directive) bool { return isBinding(d.Name) }
	document.Directives = slices.DeleteFunc(document.Directives, func(d *ast.DirectiveDefinition) bool { return isBinding(d.Name) })
	for _, definition := range document.Definitions {
		definition.Directives = slices.DeleteFunc(definition.Directives, used)
		for _, field := range definition.Fields {
			field.Directives = slices.DeleteFunc(field.Directives, used)
		}
	}
}
