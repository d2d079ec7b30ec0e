package events

import (
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// An Event is one entry of the log. All readers share it: nobody may change it.
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

// memorySize estimates the bytes of memory that an event takes.
func (e *Event) memorySize() int {
	const overhead = 512 // the struct, its entries in the ring's shards, and its references
	return overhead + 2*len(e.Data)
}
