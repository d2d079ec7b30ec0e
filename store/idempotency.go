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

// A response is what is stored for an idempotency key.
type response[T any] struct {
	Value     T          `json:"value"`
	UserError *UserError `json:"broken,omitempty"`
}

// hash identifies the name and the input of a command with a key; nil for one without.
func (c Command) hash() ([]byte, error) {
	if c.IdempotencyKey == nil {
		return nil, nil
	}
	if err := validateKey(*c.IdempotencyKey); err != nil {
		return nil, err
	}
	encoded, err := json.Marshal([]any{c.Name, c.Input})
	if err != nil {
		return nil, fmt.Errorf("input of %s: %w", c.Name, err)
	}
	sum := sha256.Sum256(encoded)
	return sum[:], nil
}

func validateKey(key string) error {
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
func (c Command) queueLoadResponse(batch *pgx.Batch, into *storedResponse) {
	if c.IdempotencyKey == nil {
		return
	}
	const query = "SELECT input_hash, answer, created_at FROM events.command WHERE actor_id = $1 AND key = $2"
	batch.Queue(query, c.ActorID, c.IdempotencyKey).QueryRow(func(row pgx.Row) error {
		err := row.Scan(&into.hash, &into.encoded, &into.createdAt)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("load the stored response: %w", err)
		}
		return nil
	})
}

// decode decodes the stored response into target. It returns a UserError if the response is that of another input. A
// response that is the data of an event is stored as the event's position: [xid, seq].
func (r storedResponse) decode(ctx context.Context, db DB, hash []byte, target any) error {
	if !bytes.Equal(r.hash, hash) {
		return NewUserError(CodeIdempotencyKeyReused, "idempotencyKey",
			"This idempotency key was already used with another input. Send a new key for each new change.")
	}
	encoded := r.encoded
	var position [2]int64
	if json.Unmarshal(encoded, &position) == nil {
		const query = "SELECT jsonb_build_object('value', data) FROM events.event WHERE xid = $1 AND seq = $2"
		if err := db.QueryRow(ctx, query, position[0], position[1]).Scan(&encoded); err != nil {
			return fmt.Errorf("read the event of the stored response: %w", err)
		}
	}
	if err := json.Unmarshal(encoded, target); err != nil {
		return fmt.Errorf("decode the stored response: %w", err)
	}
	return nil
}

// isDataOf reports whether the response is the data of the only event.
func (r response[T]) isDataOf(events []Event) bool {
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
func (c Command) queueSaveResponse(tx *Tx, hash []byte, expired storedResponse, result any) error {
	if c.IdempotencyKey == nil {
		return nil
	}
	encoded, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("encode the response of %s: %w", c.Name, err)
	}
	insert := expired.replacing(insertResponse + "VALUES ($1, $2, $3, $4, $5, $6)")
	tx.conn.deferred.Queue(insert, c.ActorID, c.IdempotencyKey, c.Name, hash, encoded, tx.Now)
	return nil
}

// queueEventAndPosition writes the only event and stores its position as the response: the data would be stored twice
// otherwise. Events are retained longer than responses.
func (c Command) queueEventAndPosition(tx *Tx, hash []byte, expired storedResponse, newest *Position) error {
	insert := expired.replacing(insertResponse + "SELECT $11, $12, $13, $14, jsonb_build_array(xid, seq), $9 FROM emitted")
	query := "WITH emitted AS (" + insertEvent + "), stored AS (" + insert + ") SELECT xid, seq FROM emitted"
	return queueEvent(tx.conn.deferred, query, tx, newest, c.ActorID, c.IdempotencyKey, c.Name, hash)
}
