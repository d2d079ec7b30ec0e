package app

import (
	"fmt"

	"aisle/graph/sdl"
	"aisle/resolvers"
)

// schemaCommand prints the schema that clients see, as /schema.graphql does.
type schemaCommand struct{}

// Run prints the schema.
func (schemaCommand) Run(t Terminal) error {
	if _, err := fmt.Fprint(t.Out, printSchema()); err != nil {
		return fmt.Errorf("print the schema: %w", err)
	}
	return nil
}

func printSchema() string { return sdl.Print((&resolvers.Resolver{}).Schema().Schema()) }
