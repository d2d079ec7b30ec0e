// Package events is the log of what happened, as it is read: by those who follow it live, by those who catch up, and by
// apps that keep a copy. Commands write it (store.Run), each in the transaction of its change.
//
// The log has one order, (transaction id, sequence), and only what is settled is read: nothing can come before it any
// more. So everyone sees every event once, in the same order. See docs/architecture.md.
package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// Event is something that happened. It is shared by all who read it: nobody may change it.
type Event struct {
	store.Position

	ID         uuid.UUID
	Type       store.EventType
	StoreID    uuid.NullUUID   // whose it is; null for the chain's
	RegionID   uuid.NullUUID   // set when only the region's manager and the head office may see it
	Everyone   bool            // the chain's, and for everyone who has signed in
	Personal   bool            // only for the subject and for who manages the staff
	SubjectID  uuid.UUID       // what changed
	ActorID    uuid.NullUUID   // who did it; null for the system
	OccurredAt time.Time       // by the clock of the node that did it
	Data       json.RawMessage // what changed, as it was afterwards
	References any             // what Config.Relate attached, for who follows the log

	related atomic.Bool // it was
}

func eventOf(r EventRow) *Event {
	return &Event{
		Position: store.Position{XID: r.XID, Seq: r.Seq}, ID: r.ID, Type: r.Type, StoreID: r.StoreID, RegionID: r.RegionID,
		Everyone: r.Everyone, Personal: r.Personal, SubjectID: r.SubjectID, ActorID: r.ActorID, OccurredAt: r.OccurredAt.UTC(), Data: r.Data,
	}
}

func eventsOf(rows []EventRow) []*Event {
	list := make([]*Event, len(rows))
	for i, r := range rows {
		list[i] = eventOf(r)
	}
	return list
}

// size is about how many bytes of memory an event takes.
func (e *Event) size() int {
	const fixed = 512 // the struct, its places in the ring, and what is related
	return fixed + 2*len(e.Data)
}

// Filter says which events somebody follows.
type Filter struct {
	Scope         auth.Scope
	Stores        []uuid.UUID       // only of these, and none of the chain's; nil is all that the scope sees
	Types         []store.EventType // only of these; nil is all
	ExcludedTypes []store.EventType // none of these, whatever is asked for: what the viewer has no permission to read
	Reader        string            // who reads, for Figures; empty for somebody whose lag is no figure
}

// sees says whether the filter lets an event through. The queries page and listEventsByStore say the same.
func (f Filter) sees(e *Event) bool {
	inScope := e.Everyone || f.Scope.All() || e.StoreID.Valid && f.Scope.IncludesStore(e.StoreID.UUID) ||
		f.Scope.WholeRegion() && e.RegionID.Valid && e.RegionID == f.Scope.RegionID()
	mayKnow := !e.Personal || f.Scope.ManagesStaff() || f.Scope.EmployeeID() == uuid.NullUUID{UUID: e.SubjectID, Valid: true}
	return inScope && mayKnow && (f.Stores == nil || e.StoreID.Valid && slices.Contains(f.Stores, e.StoreID.UUID)) && f.wants(e)
}

// wants says whether the event is of a type that is asked for, and may be.
func (f Filter) wants(e *Event) bool {
	return (f.Types == nil || slices.Contains(f.Types, e.Type)) && !slices.Contains(f.ExcludedTypes, e.Type)
}

// lanes are the keys of the ring's lanes that can have events for the filter, each once; nil means all.
func (f Filter) lanes() []uuid.UUID {
	var keys []uuid.UUID
	switch {
	case f.Stores != nil:
		keys = append([]uuid.UUID{}, f.Stores...)
	case f.Scope.All():
		return nil
	default:
		keys = append(f.Scope.StoreIDs(), chain)
	}
	slices.SortFunc(keys, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(keys)
}

// words are types as a query takes them: an empty list stays one, which to a query is another thing than none.
func words(types []store.EventType) []string {
	list := make([]string, len(types))
	for i, t := range types {
		list[i] = string(t)
	}
	return list
}

// ErrPositionExpired is the answer to a position that is older than what is kept.
var ErrPositionExpired = &store.UserError{
	Code:    store.CodeResyncRequired,
	Message: "The log does not reach back so far. Query everything anew, and go on from the cursor that the answer has.",
	Field:   []string{"after"},
}

// ErrUnknownPosition is the answer to a position that is not of this database's life.
var ErrUnknownPosition = &store.UserError{
	Code: store.CodeResyncRequired,
	Message: "The log does not know this place: it is of another database, or of one that was restored from a backup since. " +
		"Query everything anew, and go on from the cursor that the answer has.",
	Field: []string{"after"},
}

// NeedsResync says whether an error is the answer to a position that nothing can be read behind: ErrPositionExpired or ErrUnknownPosition.
func NeedsResync(err error) bool {
	return errors.Is(err, ErrPositionExpired) || errors.Is(err, ErrUnknownPosition)
}
