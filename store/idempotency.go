package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// IdempotencyKeyTTL is how long the response of a command is stored for its idempotency key.
const IdempotencyKeyTTL = 7 * 24 * time.Hour

const maxKeyLen = 128 // characters

// hash identifies the name and the input of a command with a key; nil for one without.
func (c Command) hash() ([]byte, error) {
	if c.IdempotencyKey == nil {
		return nil, nil
	}
	encoded, err := json.Marshal([]any{c.Name, c.Input})
	if err != nil {
		return nil, fmt.Errorf("input of %s: %w", c.Name, err)
	}
	sum := sha256.Sum256(encoded)
	return sum[:], nil
}

// validateKey checks the idempotency key. It returns nil if the command has none.
func (c Command) validateKey() *UserError {
	if c.IdempotencyKey == nil {
		return nil
	}
	key := *c.IdempotencyKey
	if strings.TrimSpace(key) == "" {
		return NewUserError(CodeRequired, "idempotencyKey", "The idempotency key is empty. Send a unique key, for example a UUID, or omit it.")
	}
	n := utf8.RuneCountInString(key)
	if n > maxKeyLen {
		return NewUserError(CodeTooLong, "idempotencyKey",
			"The idempotency key has %d characters. It may have up to %d: use a UUID, for example.", n, maxKeyLen)
	}
	if !IsValidText(key) {
		return NewInputError("idempotencyKey",
			"The idempotency key contains NUL or invalid UTF-8. Use printable characters: a UUID, for example.")
	}
	return nil
}

// A storedResponse is the row of an idempotency key. There is none if createdAt is zero.
type storedResponse struct {
	hash, encoded []byte
	createdAt     time.Time
}

// queueLoadResponse reads the stored response of the command's key.
func (e *execution) queueLoadResponse(batch *pgx.Batch) {
	if e.IdempotencyKey == nil {
		return
	}
	const query = "SELECT input_hash, answer, created_at FROM events.command WHERE actor_id = $1 AND key = $2"
	batch.Queue(query, e.ActorID, e.IdempotencyKey).QueryRow(func(row pgx.Row) error {
		err := row.Scan(&e.stored.hash, &e.stored.encoded, &e.stored.createdAt)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("load the stored response: %w", err)
		}
		return nil
	})
}

// hasStoredResult reports whether the command has run before.
func (e *execution) hasStoredResult() bool {
	return e.stored.createdAt.After(e.tx.Now.Add(-IdempotencyKeyTTL))
}

// loadResult returns the stored result, or a UserError if it is that of another input. A result that is the data of an event
// is stored as the event's position: [xid, seq].
func loadResult[T any](ctx context.Context, e *execution) (result Result[T], err error) {
	if !bytes.Equal(e.stored.hash, e.hash) {
		result.UserError = NewUserError(CodeIdempotencyKeyReused, "idempotencyKey",
			"This idempotency key was already used with another input. Send a new key for each new change.")
		return result, nil
	}
	encoded := e.stored.encoded
	var position [2]int64
	if json.Unmarshal(encoded, &position) == nil {
		const query = "SELECT jsonb_build_object('value', data) FROM events.event WHERE xid = $1 AND seq = $2"
		if err := e.tx.QueryRow(ctx, query, position[0], position[1]).Scan(&encoded); err != nil {
			return result, fmt.Errorf("read the event of the stored response: %w", err)
		}
	}
	if err := json.Unmarshal(encoded, &result); err != nil {
		return result, fmt.Errorf("decode the stored response: %w", err)
	}
	return result, nil
}

// isDataOf reports whether the result is the data of the only event.
func (r *Result[T]) isDataOf(events []Event) bool {
	return r.UserError == nil && len(events) == 1 && reflect.DeepEqual(events[0].Data, any(r.Value))
}

const insertResponse = "INSERT INTO events.command (actor_id, key, name, input_hash, answer, created_at) "

// replacing adds to an INSERT that it replaces the row of an expired response, unless a cleanup has deleted it. Without a
// row the INSERT cannot conflict, because the command holds the lock of the key.
func (r storedResponse) replacing(insert string) string {
	if r.createdAt.IsZero() {
		return insert
	}
	return insert + `
ON CONFLICT (actor_id, key) DO UPDATE
SET name = excluded.name, input_hash = excluded.input_hash, answer = excluded.answer, created_at = excluded.created_at`
}

// queueSaveResponse stores the response for the command's key, in place of an expired one.
func (e *execution) queueSaveResponse(result any) error {
	if e.IdempotencyKey == nil {
		return nil
	}
	encoded, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("encode the response of %s: %w", e.Name, err)
	}
	insert := e.stored.replacing(insertResponse + "VALUES ($1, $2, $3, $4, $5, $6)")
	e.tx.conn.deferred.Queue(insert, e.ActorID, e.IdempotencyKey, e.Name, e.hash, encoded, e.tx.Now)
	return nil
}

// queueEventAndPosition writes the only event and stores its position as the response: the data would be stored twice
// otherwise. Events are retained longer than responses.
func (e *execution) queueEventAndPosition(newest *Position) error {
	insert := e.stored.replacing(insertResponse + "SELECT $11, $12, $13, $14, jsonb_build_array(xid, seq), $9 FROM emitted")
	query := "WITH emitted AS (" + insertEvent + "), stored AS (" + insert + ") SELECT xid, seq FROM emitted"
	return queueEvent(e.tx.conn.deferred, query, e.tx, newest, e.ActorID, e.IdempotencyKey, e.Name, e.hash)
}
