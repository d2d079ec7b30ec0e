package store

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
)

// Position is a place in the log of events, between two of them or at one: the writer's transaction id, then the
// sequence. The place (xid, 0) is behind all events of the transactions before xid.
type Position struct {
	XID int64 `json:"xid"`
	Seq int64 `json:"seq"`
}

// Compare says whether the position is before the other (-1), the same (0) or behind it (+1).
func (p Position) Compare(other Position) int {
	return cmp.Or(cmp.Compare(p.XID, other.XID), cmp.Compare(p.Seq, other.Seq))
}

// Before says whether the position is before the other.
func (p Position) Before(other Position) bool { return p.Compare(other) < 0 }

// positionMark keeps positions and the cursors of lists apart.
const positionMark = 'E'

// String writes the position as clients see it: opaque.
func (p Position) String() string {
	raw := make([]byte, 0, 17)
	raw = append(raw, positionMark)
	raw = binary.BigEndian.AppendUint64(raw, uint64(p.XID)) //nolint:gosec // bits, not a number
	raw = binary.BigEndian.AppendUint64(raw, uint64(p.Seq)) //nolint:gosec // bits, not a number
	return base64.RawURLEncoding.EncodeToString(raw)
}

// ParsePosition reads a position that String wrote.
func ParsePosition(s string) (Position, error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(raw) != 17 || raw[0] != positionMark {
		return Position{}, errPosition(s)
	}
	p := Position{
		XID: int64(binary.BigEndian.Uint64(raw[1:9])), //nolint:gosec // bits, not a number
		Seq: int64(binary.BigEndian.Uint64(raw[9:])),  //nolint:gosec // bits, not a number
	}
	if p.XID < 0 || p.Seq < 0 {
		return Position{}, errPosition(s)
	}
	return p, nil
}

func errPosition(s string) error {
	return NewInputError("after",
		"%s is not an event cursor. Pass the cursor of an event, of Changes or of a store, or omit it.", Quote(s))
}
