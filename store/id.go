package store

import (
	"fmt"

	"github.com/google/uuid"
	"go.jetify.com/typeid/v2"
)

// NewID makes the id of a new row: a UUIDv7, so that ids made later sort later.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// GlobalID writes an id as clients see it: a TypeID such as task_01h455vb4pex5vsknk084sn02q.
func GlobalID(prefix string, id uuid.UUID) string {
	typed, err := typeid.FromBytes(prefix, id[:])
	if err != nil { // only a prefix that is no TypeID prefix, which is a constant of a module
		panic(fmt.Sprintf("global id with prefix %q: %v", prefix, err))
	}
	return typed.String()
}

// SplitID reads a TypeID of any kind.
func SplitID(s string) (prefix string, id uuid.UUID, err error) {
	typed, err := typeid.Parse(s)
	if err != nil {
		return "", uuid.Nil, NewInputError("id", "%s is not an id. An id looks like task_01h455vb4pex5vsknk084sn02q.", Quote(s))
	}
	id, err = uuid.FromBytes(typed.Bytes())
	if err != nil {
		return "", uuid.Nil, fmt.Errorf("bytes of id %q: %w", s, err)
	}
	return typed.Prefix(), id, nil
}

// ParseID reads a TypeID of the kind that has the prefix.
func ParseID(prefix, s string) (uuid.UUID, error) {
	got, id, err := SplitID(s)
	if err != nil {
		return uuid.Nil, err
	}
	if got != prefix {
		const text = "%s is an id of the kind %s. An id of the kind %s (%s_...) is required."
		return uuid.Nil, NewInputError("id", text, Quote(s), got, prefix, prefix)
	}
	return id, nil
}
