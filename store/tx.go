package store

import (
	"time"

	"github.com/google/uuid"
)

// A Tx is the transaction of a command. Modules read and write with it.
type Tx struct {
	DB

	// Now is the time in UTC when the command had its locks, in PostgreSQL's microseconds. Within a lock, later commands
	// have later times.
	Now     time.Time
	ActorID uuid.NullUUID // null is the system
	events  []Event
	conn    *transaction
}

// Deferred returns a DB whose Exec sends its statement with the next round trip, at the latest with COMMIT. Errors are
// reported there. Exec returns no number of rows: write what the command has read and holds the lock of.
func (tx *Tx) Deferred() DB { return deferredExec{tx.conn} } //nolint:ireturn // a decorator

// Emit appends events to the event log, in this order, when the command commits.
func (tx *Tx) Emit(events ...Event) { tx.events = append(tx.events, events...) }
