package events

import (
	"bytes"
	"slices"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// chainShard is the key of the shard with the events that concern more than one store.
//
//nolint:gochecknoglobals // a constant
var chainShard = uuid.Nil

// A Filter selects the events that a reader gets.
type Filter struct {
	Scope         auth.Scope
	Stores        []uuid.UUID       // only events of these stores, and none of the chain; nil for all in the scope
	Types         []store.EventType // only these types; nil for all
	ExcludedTypes []store.EventType // types that the viewer has no permission to read, whatever Types says
	Reader        string            // the name under which Stats reports the reader's lag; empty for no report
}

// matches reports whether the filter selects an event. The queries listEvents and listEventsByStore have the same
// conditions; a test compares them.
func (f Filter) matches(e *Event) bool {
	inScope := e.Everyone || f.Scope.All() || e.StoreID.Valid && f.Scope.IncludesStore(e.StoreID.UUID) ||
		f.Scope.WholeRegion() && e.RegionID.Valid && e.RegionID == f.Scope.RegionID()
	maySeePersonal := !e.Personal || f.Scope.ManagesStaff() || f.Scope.EmployeeID() == uuid.NullUUID{UUID: e.SubjectID, Valid: true}
	inStores := f.Stores == nil || e.StoreID.Valid && slices.Contains(f.Stores, e.StoreID.UUID)
	return inScope && maySeePersonal && inStores && f.matchesType(e.Type)
}

func (f Filter) matchesType(t store.EventType) bool {
	return (f.Types == nil || slices.Contains(f.Types, t)) && !slices.Contains(f.ExcludedTypes, t)
}

// shardKeys returns the keys of the ring's shards that can have events for the filter, each once; nil means all events.
func (f Filter) shardKeys() []uuid.UUID {
	var keys []uuid.UUID
	switch {
	case f.Stores != nil:
		keys = append([]uuid.UUID{}, f.Stores...)
	case f.Scope.All():
		return nil
	default:
		keys = append(f.Scope.StoreIDs(), chainShard)
	}
	slices.SortFunc(keys, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(keys)
}

// typeNames converts types to a query's argument. An empty list stays empty: a query treats NULL as "all types".
func typeNames(types []store.EventType) []string {
	list := make([]string, len(types))
	for i, t := range types {
		list[i] = string(t)
	}
	return list
}
