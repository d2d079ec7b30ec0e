package store

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// Page sizes that clients may ask for.
const (
	DefaultPageSize = 50
	MaxPageSize     = 100
)

// Cursor is the place of one row in an ordered list: the row's sorting key and, where keys repeat, its id. The
// zero Cursor is the place before the first row. Cursors can be compared.
type Cursor struct {
	order byte // which order it is a place in, so that a cursor of one list is refused by another
	key   string
	ID    uuid.UUID
}

// TextCursor is a place in an order of texts.
func TextCursor(order byte, key string, id uuid.UUID) Cursor { return Cursor{order, key, id} }

// TimeCursor is a place in an order of instants, which PostgreSQL keeps in microseconds.
func TimeCursor(order byte, key time.Time, id uuid.UUID) Cursor {
	return Cursor{order, string(binary.BigEndian.AppendUint64(nil, uint64(key.UnixMicro()))), id}
}

// IsZero says whether the list is read from its start.
func (c Cursor) IsZero() bool { return c == Cursor{} }

// Text is the key of a TextCursor, nil at the start: what a query's optional argument takes.
func (c Cursor) Text() *string {
	if c.IsZero() {
		return nil
	}
	return &c.key
}

// Time is the key of a TimeCursor in UTC, nil at the start.
func (c Cursor) Time() *time.Time {
	if c.IsZero() {
		return nil
	}
	t := time.UnixMicro(int64(binary.BigEndian.Uint64([]byte(c.key)))).UTC() //nolint:gosec // bits, not a number
	return &t
}

// NullID is the id, null at the start.
func (c Cursor) NullID() uuid.NullUUID { return uuid.NullUUID{UUID: c.ID, Valid: !c.IsZero()} }

// String writes the cursor as clients see it: opaque.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	raw := make([]byte, 0, 1+len(c.ID)+len(c.key))
	raw = append(raw, c.order)
	raw = append(raw, c.ID[:]...)
	raw = append(raw, c.key...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// ParseTextCursor reads a cursor that TextCursor made for the same order. An empty string is the start of the list.
func ParseTextCursor(order byte, s string) (Cursor, error) {
	return parseCursor(order, s, IsValidText)
}

// ParseTimeCursor reads a cursor that TimeCursor made for the same order. An empty string is the start of the list.
func ParseTimeCursor(order byte, s string) (Cursor, error) {
	return parseCursor(order, s, func(key string) bool {
		const year1, year9999 = -62135596800_000000, 253402300800_000000
		if len(key) != 8 {
			return false
		}
		micros := int64(binary.BigEndian.Uint64([]byte(key))) //nolint:gosec // bits, not a number
		return micros >= year1 && micros < year9999
	})
}

func parseCursor(order byte, s string, valid func(key string) bool) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(raw) < 1+len(uuid.UUID{}) || raw[0] != order {
		return Cursor{}, errCursor(s)
	}
	c := Cursor{order: order, ID: uuid.UUID(raw[1:17]), key: string(raw[17:])}
	if !valid(c.key) {
		return Cursor{}, errCursor(s)
	}
	return c, nil
}

func errCursor(s string) error {
	return NewInputError("after",
		"%s is not a cursor of this list. Pass endCursor of the previous page, or omit it to start at the beginning.", Quote(s))
}

// Page is one page of a list.
type Page[T any] struct {
	Items   []T
	HasMore bool // there is another page behind it
}

// RowLimit is how many rows a query reads for a page of first: one more, to know whether there is another page.
func RowLimit(first int32) int32 { return first + 1 }

// NewPage makes a page of what a query with Limit read.
func NewPage[T any](rows []T, first int32) Page[T] {
	if len(rows) > int(first) {
		return Page[T]{Items: rows[:first:first], HasMore: true}
	}
	return Page[T]{Items: rows}
}

// GroupPages makes a page for each parent of what one query with Limit read for all of them.
func GroupPages[P comparable, T any](rows []T, first int32, parent func(*T) P) map[P]Page[T] {
	pages := map[P]Page[T]{}
	for start := 0; start < len(rows); {
		owner, end := parent(&rows[start]), start+1
		for end < len(rows) && parent(&rows[end]) == owner {
			end++
		}
		pages[owner] = NewPage(rows[start:end:end], first)
		start = end
	}
	return pages
}
