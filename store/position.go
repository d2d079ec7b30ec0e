package store

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
)

// A Position is a position in the event log: the id of the transaction that wrote the event, then the event's sequence
// number. (xid, 0) is behind all events of earlier transactions, and before those of xid.
type Position struct {
	XID int64 `json:"xid"`
	Seq int64 `json:"seq"`
}

// Compare returns -1 if the position is before the other, 0 if they are equal, and +1 otherwise.
func (p Position) Compare(other Position) int {
	return cmp.Or(cmp.Compare(p.XID, other.XID), cmp.Compare(p.Seq, other.Seq))
}

// Before reports whether the position is before the other.
func (p Position) Before(other Position) bool { return p.Compare(other) < 0 }

// positionMark distinguishes encoded positions from cursors of lists.
const positionMark = 'E'

// String encodes the position for clients: base64 of the mark, the transaction id and the sequence number.
func (p Position) String() string {
	raw := make([]byte, 0, 17)
	raw = append(raw, positionMark)
	raw = binary.BigEndian.AppendUint64(raw, uint64(p.XID)) //nolint:gosec // bits, not a number
	raw = binary.BigEndian.AppendUint64(raw, uint64(p.Seq)) //nolint:gosec // bits, not a number
	return base64.RawURLEncoding.EncodeToString(raw)
}

// ParsePosition decodes what String has encoded.
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
	const text = "%s is not an event cursor. Pass the eventCursor of a store, or the cursor of an event or of changes."
	return NewInputError("after", text, Quote(s))
}
