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

// A Result is what a command returned: its value, or a UserError with a value that shows the current state. With an
// idempotency key its JSON is stored, so the value must survive JSON.
type Result[T any] struct {
	Value     T          `json:"value"`
	UserError *UserError `json:"broken,omitempty"`
	Events    []Event    `json:"-"` // that the command emitted; none if the result was stored before

	newest Position // of the last event
}

// Run is Execute for a command whose UserError is an error like others.
func Run[T any](ctx context.Context, c *CommandRunner, cmd Command, f func(ctx context.Context, tx *Tx) (T, error)) (T, error) {
	result, err := Execute(ctx, c, cmd, f)
	if err == nil && result.UserError != nil {
		err = result.UserError
	}
	return result.Value, err
}

// Execute runs f in one transaction: locks, idempotency check, f, events, result.
//
// With an idempotency key the result is stored. The same command within IdempotencyKeyTTL gets the stored result, and f does
// not run again. A UserError of f rolls back what f wrote, and is part of the result.
func Execute[T any](
	ctx context.Context, c *CommandRunner, cmd Command, f func(ctx context.Context, tx *Tx) (T, error),
) (Result[T], error) {
	if userErr := cmd.validateKey(); userErr != nil {
		return Result[T]{UserError: userErr}, nil //nolint:nilerr // it is part of the result
	}
	result, err := execute(ctx, c, cmd, f)
	if errors.As(err, &result.UserError) {
		result, err = reject(ctx, c, cmd, result)
	}
	if err != nil {
		return result, fmt.Errorf("command %s: %w", cmd.Name, err)
	}
	if result.newest != (Position{}) {
		c.onCommit(ctx, cmd.ActorID, result.newest)
	}
	return result, nil
}

// execute runs f in a transaction, or returns the stored result. An error of f rolls everything back.
//
// Besides the queries of f it takes two round trips: begin and commit.
func execute[T any](
	ctx context.Context, c *CommandRunner, cmd Command, f func(ctx context.Context, tx *Tx) (T, error),
) (result Result[T], err error) {
	if cmd.InputError != nil {
		return result, cmd.InputError
	}
	e, err := c.begin(ctx, cmd)
	if err != nil {
		return result, err
	}
	defer e.tx.conn.end(ctx)
	if e.hasStoredResult() {
		return loadResult[T](ctx, e)
	}
	if result.Value, err = f(ctx, e.tx); err != nil {
		return result, err
	}
	if err := commit(ctx, e, &result); err != nil {
		return result, err
	}
	result.Events = e.tx.events
	return result, nil
}

// reject stores the result of a command that was rolled back, unless another request has stored one for the key meanwhile.
func reject[T any](ctx context.Context, c *CommandRunner, cmd Command, rejected Result[T]) (Result[T], error) {
	if cmd.IdempotencyKey == nil {
		return rejected, nil
	}
	cmd.Locks, cmd.Prefetch = nil, nil
	e, err := c.begin(ctx, cmd)
	if err != nil {
		return rejected, err
	}
	defer e.tx.conn.end(ctx)
	if e.hasStoredResult() {
		return loadResult[T](ctx, e)
	}
	err = commit(ctx, e, &rejected)
	return rejected, err
}

// An execution is a command in its transaction.
type execution struct {
	Command

	tx     *Tx
	hash   []byte // of the input; nil without an idempotency key
	stored storedResponse
}

// begin starts the transaction of a command. One round trip has BEGIN, the locks, the stored response and the prefetch.
func (c *CommandRunner) begin(ctx context.Context, cmd Command) (*execution, error) {
	hash, err := cmd.hash()
	if err != nil {
		return nil, err
	}
	conn, err := begin(ctx, c.pool)
	if err != nil {
		return nil, err
	}
	e := &execution{Command: cmd, hash: hash}
	queueLocks(conn.deferred, cmd.allLocks())
	e.queueLoadResponse(conn.deferred)
	if err := cmd.prefetch(ctx, conn); err != nil {
		conn.end(ctx)
		return nil, err
	}
	e.tx = &Tx{
		DB: conn, Now: c.now().UTC().Truncate(time.Microsecond),
		ActorID: uuid.NullUUID{UUID: cmd.ActorID, Valid: cmd.ActorID != uuid.Nil}, conn: conn,
	}
	return e, nil
}

// commit ends the transaction of a command. One round trip has the deferred statements, the events, the result and COMMIT.
func commit[T any](ctx context.Context, e *execution, result *Result[T]) (err error) {
	if e.IdempotencyKey != nil && result.isDataOf(e.tx.events) {
		err = e.queueEventAndPosition(&result.newest)
	} else if err = queueEvents(e.tx, &result.newest); err == nil {
		err = e.queueSaveResponse(result)
	}
	if err != nil {
		return err
	}
	return e.tx.conn.commit(ctx) // it sets result.newest
}
