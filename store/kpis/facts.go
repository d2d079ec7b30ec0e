package kpis

import (
	"context"
	"encoding/json"
	"time"
	_ "time/tzdata" // the days of stores must be the same on a bare machine

	"github.com/google/uuid"

	"aisle/store"
)

// What the figures are made of is here as the modules have it, in their events and in their histories.

// Region is what the figures need of a region.
type Region struct {
	ID      uuid.UUID `json:"id"`
	Code    string    `json:"code"`
	Version int32     `json:"version"`
}

// Store is what the figures need of a store.
type Store struct {
	ID        uuid.UUID `json:"id"`
	RegionID  uuid.UUID `json:"region_id"`
	Timezone  string    `json:"timezone"`
	Status    string    `json:"status"`
	Version   int32     `json:"version"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Task is what the figures need of a task.
type Task struct {
	ID          uuid.UUID  `json:"id"`
	StoreID     uuid.UUID  `json:"store_id"`
	Status      string     `json:"status"`
	Version     int32      `json:"version"`
	CreatedAt   time.Time  `json:"created_at"`
	DueAt       time.Time  `json:"due_at"`
	StartedAt   *time.Time `json:"started_at"`
	CompletedAt *time.Time `json:"completed_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
}

// Feedback is what the figures need of what a customer said.
type Feedback struct {
	ID          uuid.UUID `json:"id"`
	StoreID     uuid.UUID `json:"store_id"`
	Score       int32     `json:"score"`
	SubmittedAt time.Time `json:"submitted_at"`
}

// Event is what the figures need of an event.
type Event struct {
	Type    store.EventType
	StoreID uuid.NullUUID
	At      time.Time // when it happened
	Data    json.RawMessage
}

// told is what the events tell of that matters here.
type told struct {
	Region   *Region   `json:"region"`
	Store    *Store    `json:"store"`
	Task     *Task     `json:"task"`
	Feedback *Feedback `json:"feedback"`
}

// EventLog is the log of events.
type EventLog interface {
	// LastPosition is the place of the newest event of which all statements from now on see the change, and the changes before it.
	LastPosition(ctx context.Context) (store.Position, error)
	// ReadAfter are the events behind a place, in order, most at most, and the place up to which they are all.
	ReadAfter(ctx context.Context, at store.Position, most int32) ([]Event, store.Position, error)
	// NeedsResync says whether an error of After means that nothing can be read behind the place.
	NeedsResync(err error) bool
}

// RebuildSource is all that the modules have now, in parts. What changes meanwhile may be in it or not.
type RebuildSource interface {
	Regions(ctx context.Context, each func([]Region) error) error
	Stores(ctx context.Context, each func([]Store) error) error
	Tasks(ctx context.Context, each func([]Task) error) error
	Feedback(ctx context.Context, each func([]Feedback) error) error
}

// Statuses of tasks and stores, as their modules call them.
const (
	statusOpen       = "OPEN" // of both
	statusAssigned   = "ASSIGNED"
	statusInProgress = "IN_PROGRESS"
	statusDone       = "DONE"
)

// unfinished says whether a task of the status is still to be done.
func unfinished(status string) bool {
	return status == statusOpen || status == statusAssigned || status == statusInProgress
}

// row is the store as this module keeps it.
func (s Store) row(heardAt time.Time) storeRow {
	return storeRow{StoreID: s.ID, RegionID: s.RegionID, Timezone: s.Timezone, Status: s.Status, Version: s.Version, HeardAt: heardAt}
}

// row is the task as this module keeps it; since is when it came into its status.
func (t Task) row(since time.Time, zone *time.Location) taskRow {
	row := taskRow{
		TaskID: t.ID, StoreID: t.StoreID, Status: t.Status, Version: t.Version, Since: since, CreatedAt: t.CreatedAt, DueAt: t.DueAt,
		CompletedAt: t.CompletedAt,
	}
	if t.CompletedAt != nil {
		row.Day = new(dayOf(*t.CompletedAt, zone))
	}
	return row
}

// since is when the task came into its status, as far as it says.
func (t Task) since() time.Time {
	switch {
	case t.Status == statusOpen:
		return t.CreatedAt
	case t.Status == statusInProgress && t.StartedAt != nil:
		return *t.StartedAt
	case t.Status == statusDone && t.CompletedAt != nil:
		return *t.CompletedAt
	default:
		return t.UpdatedAt
	}
}

// dayOf is the day of an instant in a zone, as PostgreSQL's dates are: its midnight in UTC.
func dayOf(at time.Time, zone *time.Location) time.Time {
	year, month, day := at.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// zones are the time zones that were looked up. It is for one goroutine.
type zones map[string]*time.Location

// of is the zone of a name; UTC for one that nobody knows, as a store's that is not known yet.
func (z zones) of(name string) *time.Location {
	zone := z[name]
	if zone == nil {
		var err error
		if zone, err = time.LoadLocation(name); err != nil {
			zone = time.UTC
		}
		z[name] = zone
	}
	return zone
}
