// Package replica decides which reads go to a replica of the primary, and to which. Router decorates the primary's DB,
// and monitors the replicas.
//
// A viewer never sees an older state than before: a read goes to a replica only if the replica has replayed what the viewer
// has seen. See docs/explanation/replica-routing.md.
package replica
