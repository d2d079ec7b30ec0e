// Package graph is the GraphQL schema: one .graphqls file per module, the executor that gqlgen generates from them (*_gen.go), and the
// Go types that belong to no module: scalars, connections, events and authorization.
package graph
