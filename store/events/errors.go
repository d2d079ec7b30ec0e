package events

import (
	"errors"

	"aisle/store"
)

// ErrPositionExpired reports a position that is older than the log's retention.
var ErrPositionExpired = &store.UserError{
	Code: store.CodeResyncRequired,
	Message: "This cursor is older than the oldest event in the log. " +
		"Load all data again, and continue from the cursor in that response.",
	Field: []string{"after"},
}

// ErrUnknownPosition reports a position that this log never had: the cursor comes from another database, or from the time
// before a restore.
var ErrUnknownPosition = &store.UserError{
	Code: store.CodeResyncRequired,
	Message: "The log has no such cursor. It comes from another database, or the database was restored from a backup since. " +
		"Load all data again, and continue from the cursor in that response.",
	Field: []string{"after"},
}

// NeedsResync reports whether err is ErrPositionExpired or ErrUnknownPosition: the reader has to load all data again.
func NeedsResync(err error) bool {
	return errors.Is(err, ErrPositionExpired) || errors.Is(err, ErrUnknownPosition)
}
