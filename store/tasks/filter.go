package tasks

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// A Filter selects tasks. The zero value selects all. It is comparable, so it can be part of a loader's key.
type Filter struct {
	Stores       StoreSet            // the zero value for all
	Statuses     store.Set[Status]   // empty for all
	Kinds        store.Set[Kind]     // empty for all
	Priorities   store.Set[Priority] // empty for all
	AssigneeID   uuid.NullUUID
	Search       string    // a text in the title; empty for all
	DueFrom      time.Time // inclusive, in UTC; zero for no bound
	DueBefore    time.Time // exclusive, in UTC; zero for no bound
	NotOverdueAt time.Time // without the tasks that are overdue at this instant; zero for all
	MatchesNone  bool      // the filter's conditions contradict each other
}

// A StoreSet is a set of stores. It is comparable. The zero value is not an empty set, but has no limit.
type StoreSet struct {
	limited bool
	ids     string
}

// NewStoreSet returns the set of the stores.
func NewStoreSet(ids ...uuid.UUID) StoreSet {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id[:])
	}
	slices.Sort(texts)
	return StoreSet{true, strings.Join(slices.Compact(texts), "")}
}

// IDs returns the ids of the stores, or nil for no limit: an optional argument of a query.
func (s StoreSet) IDs() []uuid.UUID {
	if !s.limited {
		return nil
	}
	ids := make([]uuid.UUID, len(s.ids)/len(uuid.UUID{}))
	for i := range ids {
		copy(ids[i][:], s.ids[i*len(uuid.UUID{}):])
	}
	return ids
}

// SelectUnfinished narrows the filter to tasks that are, or are not, still to be done.
func (f *Filter) SelectUnfinished(unfinished bool) {
	var allowed []Status
	for _, status := range []Status{StatusOpen, StatusAssigned, StatusInProgress, StatusCompleted, StatusVerified, StatusCancelled} {
		selected := f.Statuses == store.Set[Status]{} || slices.Contains(f.Statuses.Strings(), string(status))
		if selected && status.Unfinished() == unfinished {
			allowed = append(allowed, status)
		}
	}
	f.Statuses, f.MatchesNone = store.NewSet(allowed...), f.MatchesNone || len(allowed) == 0
}

// SelectOverdue narrows the filter to tasks that are, or are not, overdue at an instant.
func (f *Filter) SelectOverdue(overdue bool, now time.Time) {
	if !overdue {
		f.NotOverdueAt = now
		return
	}
	f.SelectUnfinished(true)
	if f.DueBefore.IsZero() || now.Before(f.DueBefore) {
		f.DueBefore = now
	}
}

// onlyUnfinished reports whether the filter selects exactly the unfinished tasks.
func (f *Filter) onlyUnfinished() bool {
	return *f == Filter{Statuses: store.NewSet(UnfinishedStatuses()...)}
}
