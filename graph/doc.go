// Package graph is the schema that clients see: the .graphqls files, one a module, the executor that gqlgen makes of
// them (*_gen.go), and the few Go types that belong to no module: scalars and connections.
package graph
