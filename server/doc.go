// Package server is the HTTP edge: GraphQL over HTTP, who asks, what errors look like from outside, health, and the
// drain at the end.
//
// A request for /graphql goes through request id, panics, metrics, headers and gzip (middleware.go), is negotiated
// (negotiate.go), authenticated (viewer.go) and decoded (decode.go), its document is found or read (registered.go,
// persisted.go, documents.go) and run (graphql.go). All errors leave through one table (errors.go), faults masked
// (faults.go); all statuses come from another (status.go).
package server
