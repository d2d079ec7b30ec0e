package events

import (
	"encoding/binary"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// An Event is one entry of the log, or a checkpoint of a subscription. All readers share it: nobody may change it.
type Event struct {
	store.Position

	ID         uuid.UUID
	Type       store.EventType
	StoreID    uuid.NullUUID   // null for an event of the chain
	RegionID   uuid.NullUUID   // set when only the region's manager and the head office may see it
	Everyone   bool            // an event of the chain that every signed-in user may see
	Personal   bool            // visible only to the subject and to those who manage staff
	SubjectID  uuid.UUID       // the entity that changed
	ActorID    uuid.NullUUID   // null for the system
	OccurredAt time.Time       // by the clock of the node that ran the command
	Data       json.RawMessage // the entity after the change
	References any             // what Config.Hydrate attached

	hydrated atomic.Bool
}

func newEvent(r EventRow) *Event {
	return &Event{
		Position: store.Position{XID: r.XID, Seq: r.Seq}, ID: r.ID, Type: r.Type, StoreID: r.StoreID, RegionID: r.RegionID,
		Everyone: r.Everyone, Personal: r.Personal, SubjectID: r.SubjectID, ActorID: r.ActorID, OccurredAt: r.OccurredAt.UTC(), Data: r.Data,
	}
}

func newEvents(rows []EventRow) []*Event {
	list := make([]*Event, len(rows))
	for i, r := range rows {
		list[i] = newEvent(r)
	}
	return list
}

// newCheckpoint returns a checkpoint at a position. Its id is the same for all subscribers, so that it is rendered once.
func newCheckpoint(at store.Position, now time.Time) *Event {
	e := &Event{Position: at, Type: store.EventCheckpoint, OccurredAt: now.UTC()}
	binary.BigEndian.PutUint64(e.ID[:8], uint64(at.XID)) //nolint:gosec // bits, not a number
	binary.BigEndian.PutUint64(e.ID[8:], uint64(at.Seq)) //nolint:gosec // bits, not a number
	return e
}

// memorySize estimates the bytes of memory that an event takes.
func (e *Event) memorySize() int {
	const overhead = 512 // the struct, its entries in the ring's shards, and its references
	return overhead + 2*len(e.Data)
}
