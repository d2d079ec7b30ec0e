// Package apierror defines the errors that clients see: their codes, and the one table that maps any error to a code and a
// sentence. An error that the table does not know is internal: the client gets an error id, and the log has the text.
package apierror
