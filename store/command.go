package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// IdempotencyKeyTTL is how long the first answer to a command is kept for those that come again.
const IdempotencyKeyTTL = 7 * 24 * time.Hour

// longestKey is how many characters an idempotency key has at most.
const longestKey = 128

// Command is one change that somebody asks for.
type Command struct {
	Name           string    // of the mutation, as the schema has it
	ActorID        uuid.UUID // who asks, and whose the key is; uuid.Nil is the system
	IdempotencyKey *string   // the idempotency key; nil for none
	Input          any       // what was asked for; the same key with another input is refused
	Locks          []Lock    // of all that may change

	// Prefetch reads what the command needs whatever comes: its first query goes with what begins the command, when that has its
	// locks. The answer from before, if there is one, is not known yet. nil for nothing.
	Prefetch func(ctx context.Context, db DB) error
}

// CommandRunner runs commands.
type CommandRunner struct {
	pool      Pool
	now       func() time.Time
	committed func(ctx context.Context, actor uuid.UUID, at Position)
}

// NewCommandRunner makes what runs commands. It calls committed, which must not wait long, after each that told events: with who
// asked, uuid.Nil for the system, and the position of the last of the events.
func NewCommandRunner(pool Pool, now func() time.Time, committed func(ctx context.Context, actor uuid.UUID, at Position)) *CommandRunner {
	return &CommandRunner{pool, now, committed}
}

// Tx is the transaction of a command, for the modules to read and write with.
type Tx struct {
	DB

	Now     time.Time     // when the command had its locks, in UTC and to the microsecond: what comes later has a later one
	ActorID uuid.NullUUID // who asks; null is the system
	events  []Event
	open    *transaction
}

// Deferred is where to write what needs no answer: Exec is put off to the next statement, or to the end of the command,
// and what is wrong with it comes to light then. How many rows it was is not told: write what was read in the command,
// which nobody changes as long as it has its locks.
func (tx *Tx) Deferred() DB { return putOff{tx.open} } //nolint:ireturn // it is one

// Emit adds what happened to the log of events, in order, when the command is done.
func (tx *Tx) Emit(events ...Event) { tx.events = append(tx.events, events...) }

// Emitted are the events that the command has told so far.
func (tx *Tx) Emitted() []Event { return tx.events }

// Run runs f in one transaction with the command's locks, then writes the events that it told.
//
// With a key the answer, f's value or the rule that was broken, is kept, and a command that comes again within
// IdempotencyKeyTTL is answered the same, without running f. So the value must survive JSON. A rule that was broken undoes
// what f wrote; the value goes with it, to show what is instead.
func Run[T any](
	ctx context.Context, c *CommandRunner, cmd Command, f func(ctx context.Context, tx *Tx) (T, error),
) (T, error) {
	var refused answer[T]
	hash, err := cmd.hash()
	if err != nil {
		return refused.Value, err
	}
	kept, told, err := once(ctx, c, cmd, hash, func(ctx context.Context, tx *Tx) (answer[T], error) {
		value, err := f(ctx, tx)
		if errors.As(err, &refused.Broken) {
			refused.Value = value
		}
		return answer[T]{Value: value}, err
	})
	if refused.Broken != nil && cmd.IdempotencyKey != nil {
		// What f wrote is undone. Nothing is left to change but the answer, unless the same came in between.
		cmd.Locks, cmd.Prefetch = nil, nil
		kept, told, err = once(ctx, c, cmd, hash, func(context.Context, *Tx) (answer[T], error) { return refused, nil })
	}
	if broken := new(UserError); err != nil && !errors.As(err, &broken) {
		return kept.Value, fmt.Errorf("command %s: %w", cmd.Name, err)
	}
	if err != nil {
		return kept.Value, err
	}
	if told != (Position{}) {
		c.committed(ctx, cmd.ActorID, told)
	}
	if kept.Broken != nil {
		return kept.Value, kept.Broken
	}
	return kept.Value, nil
}

// once runs f in a transaction, unless there is an answer from before. It answers where the last of the events is that
// f told. An error of f undoes everything.
//
// It takes two round trips besides those of f: one to begin, with the locks, the answer from before and what is read first, and
// one to end, with what f put off, the events and the answer.
func once[T any](
	ctx context.Context, c *CommandRunner, cmd Command, hash []byte, f func(context.Context, *Tx) (answer[T], error),
) (kept answer[T], told Position, err error) {
	var before answered
	open, err := begin(ctx, c.pool)
	if err != nil {
		return kept, told, err
	}
	defer open.end(ctx)
	take(open.later, cmd.locks())
	cmd.recall(open.later, &before)
	if err := cmd.first(ctx, open); err != nil {
		return kept, told, err
	}
	tx := &Tx{
		DB: open, Now: c.now().UTC().Truncate(time.Microsecond), // as PostgreSQL keeps it
		ActorID: uuid.NullUUID{UUID: cmd.ActorID, Valid: cmd.ActorID != uuid.Nil}, open: open,
	}
	if before.at.After(tx.Now.Add(-IdempotencyKeyTTL)) {
		err := before.read(ctx, open, hash, &kept)
		return kept, told, err
	}
	if kept, err = f(ctx, tx); err != nil {
		return kept, told, err
	}
	if cmd.IdempotencyKey != nil && kept.toldBy(tx.events) {
		err = cmd.recordAndKeep(tx, hash, before, &told)
	} else if err = record(open.later, tx, &told); err == nil {
		err = cmd.keep(tx, hash, before, kept)
	}
	if err != nil {
		return kept, told, err
	}
	err = open.commit(ctx) // which learns told
	return kept, told, err
}

// answer is what is kept of a command.
type answer[T any] struct {
	Value  T          `json:"value"`
	Broken *UserError `json:"broken,omitempty"`
}

// toldBy says whether the answer is what the only event tells.
func (a answer[T]) toldBy(events []Event) bool {
	return a.Broken == nil && len(events) == 1 && reflect.DeepEqual(events[0].Data, any(a.Value))
}

// first sends what begins the command, with what it reads first.
func (c Command) first(ctx context.Context, open *transaction) error {
	if c.Prefetch != nil {
		if err := c.Prefetch(ctx, open); err != nil {
			return err
		}
	}
	return open.flush(ctx)
}

// locks are those of what changes, and that of the key: what comes twice at once is run once.
func (c Command) locks() []Lock {
	if c.IdempotencyKey == nil {
		return c.Locks
	}
	return append(slices.Clip(c.Locks), lockOf("key", append(c.ActorID[:], *c.IdempotencyKey...)))
}

// hash stands for the name and the input. Members that are null, and the key itself, do not count.
func (c Command) hash() ([]byte, error) {
	if c.IdempotencyKey == nil {
		return nil, nil
	}
	if strings.TrimSpace(*c.IdempotencyKey) == "" {
		return nil, NewInputError("idempotencyKey", "The idempotency key is empty: make one, a UUID is a good one, or leave it out.")
	}
	if n := utf8.RuneCountInString(*c.IdempotencyKey); n > longestKey || !IsValidText(*c.IdempotencyKey) {
		return nil, NewInputError("idempotencyKey",
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

// answered is the answer to a command that came before. There is none when at is zero.
type answered struct {
	hash, answer []byte
	at           time.Time
}

// recall looks for it.
func (c Command) recall(batch *pgx.Batch, into *answered) {
	if c.IdempotencyKey == nil {
		return
	}
	const query = "SELECT input_hash, answer, created_at FROM events.command WHERE actor_id = $1 AND key = $2"
	batch.Queue(query, c.ActorID, c.IdempotencyKey).QueryRow(func(row pgx.Row) error {
		err := row.Scan(&into.hash, &into.answer, &into.at)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return Wrap("look for the first answer", err)
	})
}

// read reads the answer, which must be to the same input. Where an event tells it the answer that is kept is the event's place.
func (a answered) read(ctx context.Context, db DB, hash []byte, into any) error {
	if !bytes.Equal(a.hash, hash) {
		return NewUserError(CodeIdempotencyKeyReused, "idempotencyKey",
			"This idempotency key was used before, for something else. Make a new key for each new change.")
	}
	var at [2]int64
	if json.Unmarshal(a.answer, &at) == nil {
		const query = "SELECT jsonb_build_object('value', data) FROM events.event WHERE xid = $1 AND seq = $2"
		if err := db.QueryRow(ctx, query, at[0], at[1]).Scan(&a.answer); err != nil {
			return Wrap("read the event that tells the first answer", err)
		}
	}
	return Wrap("read the first answer", json.Unmarshal(a.answer, into))
}

const insertAnswer = "INSERT INTO events.command (actor_id, key, name, input_hash, answer, created_at) "

// replacing is an insert of an answer for where this one is, which is too old, unless it is being removed right now. Where there was
// none nobody keeps one meanwhile, because the key is locked: it need not be looked for once more.
func (a answered) replacing(insert string) string {
	if a.at.IsZero() {
		return insert
	}
	return insert + `
ON CONFLICT (actor_id, key) DO UPDATE
SET name = excluded.name, input_hash = excluded.input_hash, answer = excluded.answer, created_at = excluded.created_at`
}

// keep keeps the answer, in the place of the one from before.
func (c Command) keep(tx *Tx, hash []byte, before answered, answer any) error {
	if c.IdempotencyKey == nil {
		return nil
	}
	encoded, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("answer of %s: %w", c.Name, err)
	}
	query := before.replacing(insertAnswer + "VALUES ($1, $2, $3, $4, $5, $6)")
	tx.open.later.Queue(query, c.ActorID, c.IdempotencyKey, c.Name, hash, encoded, tx.Now)
	return nil
}

// recordAndKeep writes the only event, and keeps where it is for the answer that it tells: events are there for longer.
func (c Command) recordAndKeep(tx *Tx, hash []byte, before answered, told *Position) error {
	keep := before.replacing(insertAnswer + "SELECT $11, $12, $13, $14, jsonb_build_array(xid, seq), $9 FROM told")
	query := "WITH told AS (" + insertEvent + "), kept AS (" + keep + ") SELECT xid, seq FROM told"
	return recordOne(tx.open.later, query, tx, told, c.ActorID, c.IdempotencyKey, c.Name, hash)
}
