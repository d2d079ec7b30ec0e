package kpis

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// An eventBatch projects consecutive events onto the module's rows. newEventBatch decodes them. project (in
// projection.go), in one transaction,
//
//  1. loads the stored rows of the stores and tasks in the events (load),
//  2. applies each event to these rows in memory (apply, in event_batch_apply.go),
//  3. writes the rows that changed (write, in event_batch_write.go),
//  4. and recounts the days to which the changed rows belong, or belonged.
//
// Rows have the versions of their entities. An event with a version that a row already has changes nothing, so it does no
// harm to project an event twice.
type eventBatch struct {
	events       []decodedEvent
	timezones    timezones
	firstOpenDay time.Time // earlier days are final: they are not recounted

	stores       rowChanges[storeRow]
	tasks        rowChanges[taskRow]
	regions      map[uuid.UUID]Region
	feedback     map[uuid.UUID]Feedback
	lastActivity map[uuid.UUID]time.Time // by store: when somebody last worked in it
	totals       map[uuid.UUID]taskTotals
	days         map[storeDay]bool // to recount

	statusDurations []statusDuration // reported after the transaction
}

// A decodedEvent is an event with the entities in its data; nil for those that it does not have.
type decodedEvent struct {
	Event

	entities struct {
		Region   *Region   `json:"region"`
		Store    *Store    `json:"store"`
		Task     *Task     `json:"task"`
		Feedback *Feedback `json:"feedback"`
	}
}

// A statusDuration is how long a task was in a status that it left.
type statusDuration struct {
	status   string
	duration time.Duration
}

// rowChanges are the stored rows of one table by id, and those that the batch changes.
type rowChanges[T any] struct{ stored, changed map[uuid.UUID]T }

func newRowChanges[T any]() rowChanges[T] {
	return rowChanges[T]{map[uuid.UUID]T{}, map[uuid.UUID]T{}}
}

// current returns a row as it will be stored; ok is false if there is none.
func (c rowChanges[T]) current(id uuid.UUID) (row T, ok bool) {
	if row, ok = c.changed[id]; ok {
		return row, true
	}
	row, ok = c.stored[id]
	return row, ok
}

// newEventBatch decodes events. It logs and skips those that it cannot decode: they must not block the others.
func newEventBatch(ctx context.Context, events []Event, zones timezones, firstOpenDay time.Time, log *slog.Logger) *eventBatch {
	b := &eventBatch{
		timezones: zones, firstOpenDay: firstOpenDay, stores: newRowChanges[storeRow](), tasks: newRowChanges[taskRow](),
		regions: map[uuid.UUID]Region{}, feedback: map[uuid.UUID]Feedback{}, lastActivity: map[uuid.UUID]time.Time{},
		totals: map[uuid.UUID]taskTotals{}, days: map[storeDay]bool{},
	}
	for _, e := range events {
		decoded := decodedEvent{Event: e}
		if err := json.Unmarshal(e.Data, &decoded.entities); err != nil {
			log.ErrorContext(ctx, "cannot decode an event for the KPIs; skipping it", "type", e.Type, "store", e.StoreID.UUID, "error", err)
			continue
		}
		b.events = append(b.events, decoded)
	}
	return b
}

// load reads the stored rows of the stores and tasks in the events.
func (b *eventBatch) load(ctx context.Context, q *Queries) error {
	storeIDs, taskIDs := map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
	for _, e := range b.events {
		if e.StoreID.Valid {
			storeIDs[e.StoreID.UUID] = true
		}
		if task := e.entities.Task; task != nil {
			taskIDs[task.ID] = true
		}
	}
	stores, err := q.getStores(ctx, slices.Collect(maps.Keys(storeIDs)))
	if err != nil {
		return fmt.Errorf("stores of events: %w", err)
	}
	for _, s := range stores {
		b.stores.stored[s.StoreID] = s
	}
	tasks, err := q.getTasks(ctx, slices.Collect(maps.Keys(taskIDs)))
	for _, t := range tasks {
		b.tasks.stored[t.TaskID] = t
	}
	if err != nil {
		return fmt.Errorf("tasks of events: %w", err)
	}
	return nil
}

// timezone returns the time zone of a store, after the batch's changes.
func (b *eventBatch) timezone(storeID uuid.UUID) *time.Location {
	s, _ := b.stores.current(storeID)
	return b.timezones.get(s.Timezone)
}
