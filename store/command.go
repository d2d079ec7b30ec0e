package store

import (
	"context"
	"slices"

	"github.com/google/uuid"
)

// A Command is one change that an actor requests.
type Command struct {
	Name           string    // of the mutation in the schema, or of a change that is not a mutation
	ActorID        uuid.UUID // who requests it; uuid.Nil is the system. Idempotency keys belong to an actor.
	IdempotencyKey *string   // nil for none
	Input          any       // a key that is used again with an input whose JSON differs is rejected
	Locks          []Lock    // of everything that may change

	// InputError is why the input is invalid: the command does not run. A UserError is its result, and stored as such, so
	// that a repeated request gets the same error even if the objects that the input names have changed since.
	InputError error

	// Prefetch reads what the command always needs. Its first query is sent in one round trip with BEGIN and the locks, and
	// runs when they are held. It also runs for a replay. nil for nothing.
	Prefetch func(ctx context.Context, db DB) error
}

// prefetch sends the first round trip.
func (c Command) prefetch(ctx context.Context, conn *transaction) error {
	if c.Prefetch != nil {
		if err := c.Prefetch(ctx, conn); err != nil {
			return err
		}
	}
	return conn.flush(ctx)
}

// allLocks returns the locks of what changes, and the lock of the idempotency key: of two concurrent requests with one key
// the second is a replay.
func (c Command) allLocks() []Lock {
	if c.IdempotencyKey == nil {
		return c.Locks
	}
	return append(slices.Clip(c.Locks), newLock("key", append(c.ActorID[:], *c.IdempotencyKey...)))
}
