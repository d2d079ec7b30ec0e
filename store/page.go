package store

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// Page sizes.
const (
	DefaultPageSize = 50
	MaxPageSize     = 100 // larger pages are rejected
)

// A Cursor is the position of a row in an ordered list: its sort key and, where keys repeat, its id. The zero Cursor is the
// position before the first row. Cursors are comparable.
type Cursor struct {
	order byte // identifies the order of the list: the cursor of another order is rejected
	key   string
	ID    uuid.UUID
}

// TextCursor returns a position in a list that is ordered by a text.
func TextCursor(order byte, key string, id uuid.UUID) Cursor { return Cursor{order, key, id} }

// TimeCursor returns a position in a list that is ordered by a time. The key has PostgreSQL's microseconds.
func TimeCursor(order byte, key time.Time, id uuid.UUID) Cursor {
	return Cursor{order, string(binary.BigEndian.AppendUint64(nil, uint64(key.UnixMicro()))), id}
}

// IsZero reports whether the list is read from its start.
func (c Cursor) IsZero() bool { return c == Cursor{} }

// Text returns the key of a TextCursor, or nil for the zero Cursor: an optional argument of a query.
func (c Cursor) Text() *string {
	if c.IsZero() {
		return nil
	}
	return &c.key
}

// Time returns the key of a TimeCursor in UTC, or nil for the zero Cursor.
func (c Cursor) Time() *time.Time {
	if c.IsZero() {
		return nil
	}
	t := time.UnixMicro(int64(binary.BigEndian.Uint64([]byte(c.key)))).UTC() //nolint:gosec // bits, not a number
	return &t
}

// NullID returns the id, or null for the zero Cursor.
func (c Cursor) NullID() uuid.NullUUID { return uuid.NullUUID{UUID: c.ID, Valid: !c.IsZero()} }

// String encodes the cursor for clients: base64 of the order, the id and the key.
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

// ParseTextCursor decodes a TextCursor of the order. An empty string is the zero Cursor.
func ParseTextCursor(order byte, s string) (Cursor, error) {
	return parseCursor(order, s, IsValidText)
}

// ParseTimeCursor decodes a TimeCursor of the order. An empty string is the zero Cursor.
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

// A Page is one page of a list.
type Page[T any] struct {
	Items   []T
	HasMore bool // there is a next page
}

// RowLimit returns how many rows a query reads for a page: one more than the page has, which tells whether there is a next page.
func RowLimit(first int32) int32 { return first + 1 }

// NewPage makes a page of the rows that a query with RowLimit has read.
func NewPage[T any](rows []T, first int32) Page[T] {
	if len(rows) > int(first) {
		return Page[T]{Items: rows[:first:first], HasMore: true}
	}
	return Page[T]{Items: rows}
}

// GroupPages makes a page for each parent of the rows that one query with RowLimit has read for all parents. The rows of a
// parent are adjacent.
func GroupPages[P comparable, T any](rows []T, first int32, parent func(*T) P) map[P]Page[T] {
	pages := map[P]Page[T]{}
	for start := 0; start < len(rows); {
		key, end := parent(&rows[start]), start+1
		for end < len(rows) && parent(&rows[end]) == key {
			end++
		}
		pages[key] = NewPage(rows[start:end:end], first)
		start = end
	}
	return pages
}
