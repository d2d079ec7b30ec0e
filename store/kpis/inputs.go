package kpis

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// The types below have what KPIs need of other modules' entities. Their JSON fields are those of the entities in events.

// A Region of the stores module.
type Region struct {
	ID      uuid.UUID `json:"id"`
	Code    string    `json:"code"`
	Version int32     `json:"version"`
}

// A Store of the stores module.
type Store struct {
	ID        uuid.UUID `json:"id"`
	RegionID  uuid.UUID `json:"region_id"`
	Timezone  string    `json:"timezone"`
	Status    string    `json:"status"`
	Version   int32     `json:"version"`
	UpdatedAt time.Time `json:"updated_at"`
}

// A Task of the tasks module.
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

// Feedback of the feedback module.
type Feedback struct {
	ID          uuid.UUID `json:"id"`
	StoreID     uuid.UUID `json:"store_id"`
	Score       int32     `json:"score"`
	SubmittedAt time.Time `json:"submitted_at"`
}

// An Event of the event log.
type Event struct {
	Type    store.EventType
	StoreID uuid.NullUUID
	At      time.Time // when it occurred
	Data    json.RawMessage
}

// An EventLog is what a Projector reads, see events.Log.
type EventLog interface {
	// LastPosition returns the position of the newest event. Statements that start now see all changes up to it.
	LastPosition(ctx context.Context) (store.Position, error)
	// ReadAfter returns up to limit events after a position, in order, and the position up to which they are complete.
	ReadAfter(ctx context.Context, at store.Position, limit int32) ([]Event, store.Position, error)
	// NeedsResync reports whether an error of ReadAfter means that the log has no events after the position.
	NeedsResync(err error) bool
}

// A RebuildSource has the current entities of the other modules, in chunks. A change during the call may be included or not.
type RebuildSource interface {
	Regions(ctx context.Context, each func([]Region) error) error
	Stores(ctx context.Context, each func([]Store) error) error
	Tasks(ctx context.Context, each func([]Task) error) error
	Feedback(ctx context.Context, each func([]Feedback) error) error
}

// Statuses of tasks and stores.
const (
	statusOpen       = "OPEN" // of tasks and stores
	statusAssigned   = "ASSIGNED"
	statusInProgress = "IN_PROGRESS"
	statusCompleted  = "COMPLETED"
)

// isUnfinished reports whether a task with the status is still to be done.
func isUnfinished(status string) bool {
	return status == statusOpen || status == statusAssigned || status == statusInProgress
}

// row converts a store to this module's row.
func (s Store) row(lastActivity time.Time) storeRow {
	return storeRow{
		StoreID: s.ID, RegionID: s.RegionID, Timezone: s.Timezone, Status: s.Status, Version: s.Version, LastActivityAt: lastActivity,
	}
}

// row converts a task to this module's row. since is when the task got its status.
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

// statusSince returns when the task got its status, as far as its fields tell.
func (t Task) statusSince() time.Time {
	switch {
	case t.Status == statusOpen:
		return t.CreatedAt
	case t.Status == statusInProgress && t.StartedAt != nil:
		return *t.StartedAt
	case t.Status == statusCompleted && t.CompletedAt != nil:
		return *t.CompletedAt
	default:
		return t.UpdatedAt
	}
}
