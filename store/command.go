package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// KeepAnswers is how long the first answer to a command is kept for those that come again.
const KeepAnswers = 7 * 24 * time.Hour

// longestKey is how many characters an idempotency key has at most.
const longestKey = 128

// Command is one change that somebody asks for.
type Command struct {
	Name  string    // of the mutation, as the schema has it
	Actor uuid.UUID // who asks, and whose the key is; uuid.Nil is the system
	Key   *string   // the idempotency key; nil for none
	Input any       // what was asked for; the same key with another input is refused
	Locks []Lock    // of all that may change
}

// Commands runs commands.
type Commands struct {
	pool      *Pool
	now       func() time.Time
	committed func(actor uuid.UUID, at Position)
}

// NewCommands makes what runs commands. It calls committed, which must not wait, after each that told events: with who
// asked, uuid.Nil for the system, and the position of the last of the events.
func NewCommands(pool *Pool, now func() time.Time, committed func(actor uuid.UUID, at Position)) *Commands {
	return &Commands{pool, now, committed}
}

// Tx is the transaction of a command, for the modules to read and write with.
type Tx struct {
	DB

	Now    time.Time     // when the command had its locks, in UTC and to the microsecond: what comes later has a later one
	Actor  uuid.NullUUID // who asks; null is the system
	events []Event
}

// Tell adds what happened to the log of events, in order, when the command is done.
func (tx *Tx) Tell(events ...Event) { tx.events = append(tx.events, events...) }

// Run runs f in one transaction with the command's locks, then writes the events that it told.
//
// With a key the answer, f's value or the rule that was broken, is kept in the same transaction, and a command that
// comes again within KeepAnswers is answered the same, without running f. So the value must survive JSON. A rule that
// was broken undoes what f wrote; the value goes with it, to show what is instead.
func Run[T any](
	ctx context.Context, c *Commands, cmd Command, f func(ctx context.Context, tx *Tx) (T, error),
) (T, error) {
	var kept answer[T]
	hash, err := cmd.hash()
	if err != nil {
		return kept.Value, err
	}
	var told Position // the last event
	tx := &Tx{Actor: uuid.NullUUID{UUID: cmd.Actor, Valid: cmd.Actor != uuid.Nil}}
	err = pgx.BeginFunc(ctx, c.pool.Pool, func(db pgx.Tx) error {
		if err := take(ctx, db, cmd.locks()); err != nil {
			return err
		}
		now := c.now().UTC().Truncate(time.Microsecond) // as PostgreSQL keeps it
		tx.Now = now
		if found, err := cmd.recall(ctx, db, hash, now, &kept); found || err != nil {
			return err
		}
		if err := attempt(ctx, db, cmd.Key != nil, tx, &kept, f); err != nil {
			return err
		}
		if told, err = record(ctx, db, tx.events, tx.Actor, now); err != nil {
			return err
		}
		return cmd.keep(ctx, db, hash, now, kept)
	})
	if broken := new(Error); err != nil && !errors.As(err, &broken) {
		return kept.Value, fmt.Errorf("command %s: %w", cmd.Name, err)
	}
	if err != nil {
		return kept.Value, err //nolint:wrapcheck // a broken rule is for the caller
	}
	if len(tx.events) > 0 {
		c.committed(cmd.Actor, told)
	}
	if kept.Broken != nil {
		return kept.Value, kept.Broken
	}
	return kept.Value, nil
}

// attempt runs f. A rule that it breaks becomes a part of the answer where the answer is kept, else it is the error.
func attempt[T any](
	ctx context.Context, db pgx.Tx, keep bool, tx *Tx, into *answer[T], f func(context.Context, *Tx) (T, error),
) error {
	run := func(db pgx.Tx) (err error) {
		tx.DB = db
		into.Value, err = f(ctx, tx)
		return err
	}
	if !keep {
		return run(db)
	}
	err := pgx.BeginFunc(ctx, db, run) // a savepoint
	if errors.As(err, &into.Broken) {
		tx.events = nil
		return nil
	}
	return err //nolint:wrapcheck // f's own
}

// answer is what is kept of a command.
type answer[T any] struct {
	Value  T      `json:"value"`
	Broken *Error `json:"broken,omitempty"`
}

// locks are those of what changes, and that of the key: what comes twice at once is run once.
func (c Command) locks() []Lock {
	if c.Key == nil {
		return c.Locks
	}
	return append(slices.Clip(c.Locks), lockOf("key", append(c.Actor[:], *c.Key...)))
}

// hash stands for the name and the input. Members that are null, and the key itself, do not count.
func (c Command) hash() ([]byte, error) {
	if c.Key == nil {
		return nil, nil
	}
	if strings.TrimSpace(*c.Key) == "" {
		return nil, Invalid("idempotencyKey", "The idempotency key is empty: make one, a UUID is a good one, or leave it out.")
	}
	if n := utf8.RuneCountInString(*c.Key); n > longestKey || !ValidText(*c.Key) {
		return nil, Invalid("idempotencyKey",
			"An idempotency key has at most %d characters, this one has %d: a UUID is a good one.", longestKey, n)
	}
	raw, err := json.Marshal(c.Input)
	if err != nil {
		return nil, fmt.Errorf("input of %s: %w", c.Name, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var input any
	if err := decoder.Decode(&input); err != nil {
		return nil, fmt.Errorf("input of %s: %w", c.Name, err)
	}
	if members, ok := input.(map[string]any); ok {
		delete(members, "idempotencyKey")
	}
	canonical, err := json.Marshal([]any{c.Name, withoutNulls(input)})
	if err != nil {
		return nil, fmt.Errorf("input of %s: %w", c.Name, err)
	}
	sum := sha256.Sum256(canonical)
	return sum[:], nil
}

// withoutNulls removes the members of objects that are null: an input that gets an optional field stays the same.
func withoutNulls(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if member == nil {
				delete(v, name)
				continue
			}
			v[name] = withoutNulls(member)
		}
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	}
	return value
}

// recall finds the answer to a command that came before, and says whether there is one.
func (c Command) recall(ctx context.Context, db DB, hash []byte, now time.Time, into any) (found bool, err error) {
	if c.Key == nil {
		return false, nil
	}
	var before, kept []byte
	err = db.QueryRow(ctx, `SELECT input_hash, answer FROM events.command WHERE actor_id = $1 AND key = $2 AND created_at > $3`,
		c.Actor, c.Key, now.Add(-KeepAnswers)).Scan(&before, &kept)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for the first answer: %w", err)
	case !bytes.Equal(before, hash):
		return false, Broken(CodeIdempotencyKeyReused, "idempotencyKey",
			"This idempotency key was used before, for something else. Make a new key for each new change.")
	}
	return true, Wrap("read the first answer", json.Unmarshal(kept, into))
}

// keep keeps the answer.
func (c Command) keep(ctx context.Context, db DB, hash []byte, now time.Time, answer any) error {
	if c.Key == nil {
		return nil
	}
	encoded, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("answer of %s: %w", c.Name, err)
	}
	_, err = db.Exec(ctx, `
		INSERT INTO events.command (actor_id, key, name, input_hash, answer, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (actor_id, key) DO UPDATE
		SET name = excluded.name, input_hash = excluded.input_hash, answer = excluded.answer, created_at = excluded.created_at`,
		c.Actor, c.Key, c.Name, hash, encoded, now)
	return Wrap("keep the answer", err)
}
