// Package loaders batches the reads of a request: a level of a query takes one statement, whatever the number of parents. It
// knows which module reads what, and has no rules of its own.
package loaders
