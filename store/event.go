package store

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
)

// An Event describes a change. It is written in the transaction of the command that makes the change.
type Event struct {
	Type      EventType
	StoreID   uuid.NullUUID // the store that it belongs to; null for the chain
	RegionID  uuid.NullUUID // if set, only the region's manager and the head office may see it
	Everyone  bool          // an event of the chain that every signed-in viewer may see
	Personal  bool          // about a person, who is the subject: only that person and those who manage the staff may see it
	SubjectID uuid.UUID     // what changed
	Data      any           // the state after the change; the module defines its JSON
}

// NewStoreEvent returns an event that belongs to a store.
func NewStoreEvent(t EventType, storeID, subjectID uuid.UUID, data any) Event {
	return Event{Type: t, StoreID: uuid.NullUUID{UUID: storeID, Valid: true}, SubjectID: subjectID, Data: data}
}

// NewChainEvent returns an event of the chain that every signed-in viewer may see.
func NewChainEvent(t EventType, subjectID uuid.UUID, data any) Event {
	return Event{Type: t, Everyone: true, SubjectID: subjectID, Data: data}
}

func (e Event) encode() ([]byte, error) {
	encoded, err := json.Marshal(e.Data)
	if err != nil {
		return nil, fmt.Errorf("encode the data of a %s event: %w", e.Type, err)
	}
	return encoded, nil
}
