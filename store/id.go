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
		return "", uuid.Nil, NewInputError("id", "%q is not an id: an id looks like task_01h455vb4pex5vsknk084sn02q.", clip(s))
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
		const text = "%q is an id of the kind %s, and one of the kind %s (%s_...) is expected here."
		return uuid.Nil, NewInputError("id", text, clip(s), got, prefix, prefix)
	}
	return id, nil
}

// clip keeps what a client sent from filling an error or a log.
func clip(s string) string {
	const longest = 64
	if len(s) <= longest {
		return s
	}
	return s[:longest] + "..."
}
