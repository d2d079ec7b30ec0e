// Package resolvers resolves the fields of the schema: a resolver loads with a loader or runs a command of a module, and shapes the
// response.
//
// Gqlgen rewrites the file of a module, such as tasks.go, which holds resolvers only. The other files of a module begin with its name:
// tasks_mutations.go parses the inputs of its mutations and runs their commands. The schema authorizes operations before a resolver
// runs (authorized_schema.go).
package resolvers
