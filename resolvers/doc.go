// Package resolvers resolves the fields of the schema: a resolver loads with a loader or runs a command of a module, and shapes the
// response.
//
// A module (say tasks) has two files. Gqlgen rewrites tasks.go, which holds resolvers only; tasks_mutations.go parses the inputs of its
// mutations and runs their commands. The schema authorizes operations before a resolver runs (authorized_schema.go).
package resolvers
