package app

import (
	"github.com/vektah/gqlparser/v2/formatter"

	"aisle/resolvers"
)

// schemaCommand prints the schema as clients see it.
type schemaCommand struct{}

// Run prints it.
func (schemaCommand) Run(t Terminal) error {
	formatter.NewFormatter(t.Out, formatter.WithIndent("  ")).FormatSchema((&resolvers.Resolver{}).Schema().Schema())
	return nil
}
