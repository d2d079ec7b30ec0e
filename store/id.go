package store

import (
	"fmt"

	"github.com/google/uuid"
	"go.jetify.com/typeid/v2"
)

// NewID returns a UUIDv7 for a new row. Later ids sort behind earlier ones.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// GlobalID formats an id as clients see it: a TypeID such as task_01h455vb4pex5vsknk084sn02q.
func GlobalID(prefix string, id uuid.UUID) string {
	typed, err := typeid.FromBytes(prefix, id[:])
	if err != nil { // the prefix, which is a constant of a module, is not valid
		panic(fmt.Sprintf("global id with prefix %q: %v", prefix, err))
	}
	return typed.String()
}

// SplitID parses a TypeID with any prefix.
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

// ParseID parses a TypeID with a prefix.
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
