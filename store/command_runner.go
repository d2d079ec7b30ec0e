package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// A CommandRunner runs commands.
type CommandRunner struct {
	pool     Pool
	now      func() time.Time
	onCommit func(ctx context.Context, actorID uuid.UUID, at Position)
}

// NewCommandRunner makes a runner. After each command that has emitted events it calls onCommit, which must return soon,
// with the actor and the position of the last event.
func NewCommandRunner(pool Pool, now func() time.Time, onCommit func(ctx context.Context, actorID uuid.UUID, at Position)) *CommandRunner {
	return &CommandRunner{pool, now, onCommit}
}

// Run runs f in one transaction: locks, idempotency check, f, events, response.
//
// With an idempotency key the response is stored: the value of f, or the UserError that f returned. The same command within
// IdempotencyKeyTTL gets the stored response, and f does not run again. So the value must survive JSON.
//
// A UserError rolls back what f wrote. The value of f is returned with it, to show the current state.
func Run[T any](
	ctx context.Context, c *CommandRunner, cmd Command, f func(ctx context.Context, tx *Tx) (T, error),
) (T, error) {
	var rejected response[T]
	hash, err := cmd.hash()
	if err != nil {
		return rejected.Value, err
	}
	result, err := runOnce(ctx, c, cmd, hash, func(ctx context.Context, tx *Tx) (response[T], error) {
		value, err := f(ctx, tx)
		if errors.As(err, &rejected.UserError) {
			rejected.Value = value
		}
		return response[T]{Value: value}, err
	})
	if rejected.UserError != nil && cmd.IdempotencyKey != nil {
		// f is rolled back. Only the response remains to be stored, unless another request has stored one meanwhile.
		cmd.Locks, cmd.Prefetch = nil, nil
		result, err = runOnce(ctx, c, cmd, hash, func(context.Context, *Tx) (response[T], error) { return rejected, nil })
	}
	if userErr := new(UserError); err != nil && !errors.As(err, &userErr) {
		return result.Value, fmt.Errorf("command %s: %w", cmd.Name, err)
	}
	if err != nil {
		return result.Value, err
	}
	if result.newest != (Position{}) {
		c.onCommit(ctx, cmd.ActorID, result.newest)
	}
	if result.UserError != nil {
		return result.Value, result.UserError
	}
	return result.Value, nil
}

// A commandResult is a response, and the position of the last event that was written for it; zero for none.
type commandResult[T any] struct {
	response[T]

	newest Position
}

// runOnce runs f in a transaction, or returns the stored response. An error of f rolls everything back.
//
// Besides the queries of f it takes two round trips. The first has BEGIN, the locks, the stored response and the prefetch.
// The last has the deferred statements, the events, the response and COMMIT.
func runOnce[T any](
	ctx context.Context, c *CommandRunner, cmd Command, hash []byte, f func(context.Context, *Tx) (response[T], error),
) (result commandResult[T], err error) {
	conn, err := begin(ctx, c.pool)
	if err != nil {
		return result, err
	}
	defer conn.end(ctx)
	var stored storedResponse
	queueLocks(conn.deferred, cmd.allLocks())
	cmd.queueLoadResponse(conn.deferred, &stored)
	if err := cmd.prefetch(ctx, conn); err != nil {
		return result, err
	}
	tx := &Tx{
		DB: conn, Now: c.now().UTC().Truncate(time.Microsecond),
		ActorID: uuid.NullUUID{UUID: cmd.ActorID, Valid: cmd.ActorID != uuid.Nil}, conn: conn,
	}
	if stored.createdAt.After(tx.Now.Add(-IdempotencyKeyTTL)) {
		err := stored.decode(ctx, conn, hash, &result.response)
		return result, err
	}
	if result.response, err = f(ctx, tx); err != nil {
		return result, err
	}
	if cmd.IdempotencyKey != nil && result.isDataOf(tx.events) {
		err = cmd.queueEventAndPosition(tx, hash, stored, &result.newest)
	} else if err = queueEvents(tx, &result.newest); err == nil {
		err = cmd.queueSaveResponse(tx, hash, stored, result.response)
	}
	if err != nil {
		return result, err
	}
	err = conn.commit(ctx) // it sets result.newest
	return result, err
}
