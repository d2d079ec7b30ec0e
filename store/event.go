package store

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// EventType says what happened. The values are those of GraphQL's EventType.
type EventType string

// The types of events.
const (
	EventTaskCreated        EventType = "TASK_CREATED"
	EventTaskAssigned       EventType = "TASK_ASSIGNED" // also: taken from somebody
	EventTaskStarted        EventType = "TASK_STARTED"
	EventTaskStepChecked    EventType = "TASK_STEP_CHECKED" // also: unchecked
	EventTaskCompleted      EventType = "TASK_COMPLETED"
	EventTaskVerified       EventType = "TASK_VERIFIED"
	EventTaskRejected       EventType = "TASK_REJECTED"
	EventTaskCancelled      EventType = "TASK_CANCELLED"
	EventTaskOverdue        EventType = "TASK_OVERDUE"
	EventTaskCommented      EventType = "TASK_COMMENTED"
	EventTemplateChanged    EventType = "TEMPLATE_CHANGED"
	EventStockChanged       EventType = "STOCK_CHANGED"
	EventPriceChanged       EventType = "PRICE_CHANGED"
	EventProductChanged     EventType = "PRODUCT_CHANGED"
	EventFeedbackReceived   EventType = "FEEDBACK_RECEIVED"
	EventStoreChanged       EventType = "STORE_CHANGED"
	EventRegionChanged      EventType = "REGION_CHANGED"
	EventEmployeeChanged    EventType = "EMPLOYEE_CHANGED"
	EventSessionCompromised EventType = "SESSION_COMPROMISED"
)

// ModulesWithCompleteEvents are the modules that tell all that changes in their rows, in an order that stays: what is new comes last.
//
//nolint:gochecknoglobals // a constant
var ModulesWithCompleteEvents = [...]string{"stores", "staff", "catalog", "inventory", "tasks", "feedback"}

// Module is the module whose rows an event of the type tells of.
func (t EventType) Module() string {
	switch t {
	case EventStockChanged:
		return "inventory"
	case EventPriceChanged, EventProductChanged:
		return "catalog"
	case EventFeedbackReceived:
		return "feedback"
	case EventStoreChanged, EventRegionChanged:
		return "stores"
	case EventEmployeeChanged, EventSessionCompromised:
		return "staff"
	default:
		return "tasks"
	}
}

// Event is what a command tells of a change. It is written in the transaction of the change.
type Event struct {
	Type      EventType
	StoreID   uuid.NullUUID // whose it is; null for the chain's
	RegionID  uuid.NullUUID // set when only the region's manager and the head office may see it
	Everyone  bool          // the chain's, and for everyone who has signed in
	Personal  bool          // about a person, the subject: of those who may see it only for them and for who manages the staff
	SubjectID uuid.UUID     // what changed
	Data      any           // what changed, as it was afterwards: JSON of the module's making
}

// NewStoreEvent is an event that belongs to a store.
func NewStoreEvent(t EventType, storeID, subjectID uuid.UUID, data any) Event {
	return Event{Type: t, StoreID: uuid.NullUUID{UUID: storeID, Valid: true}, SubjectID: subjectID, Data: data}
}

// NewChainEvent is an event of the chain that everyone who has signed in may see.
func NewChainEvent(t EventType, subjectID uuid.UUID, data any) Event {
	return Event{Type: t, Everyone: true, SubjectID: subjectID, Data: data}
}

const insertEvent = `
INSERT INTO events.event (id, type, store_id, region_id, everyone, personal, subject_id, actor_id, occurred_at, data)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING xid, seq`

// insertEvents is insertEvent for many at once.
const insertEvents = `
INSERT INTO events.event (id, type, store_id, region_id, everyone, personal, subject_id, actor_id, occurred_at, data)
SELECT e.id, e.type, e.store_id, e.region_id, e.everyone, e.personal, e.subject_id, $8, $9, e.data::jsonb
FROM unnest($1::uuid [], $2::text [], $3::uuid [], $4::uuid [], $5::boolean [], $6::boolean [], $7::uuid [], $10::text [])
    AS e (id, type, store_id, region_id, everyone, personal, subject_id, data)
RETURNING xid, seq`

// record writes the events of a command in their order, and learns the position of the last of them.
func record(batch *pgx.Batch, tx *Tx, newest *Position) error {
	switch len(tx.events) {
	case 0:
		return nil
	case 1:
		return recordOne(batch, insertEvent, tx, newest)
	}
	n := len(tx.events)
	ids, types, subjects := make([]uuid.UUID, n), make([]string, n), make([]uuid.UUID, n)
	stores, regions := make([]*uuid.UUID, n), make([]*uuid.UUID, n)
	everyone, personal, data := make([]bool, n), make([]bool, n), make([]string, n)
	for i, e := range tx.events {
		encoded, err := e.encoded()
		if err != nil {
			return err
		}
		ids[i], types[i], subjects[i] = NewID(), string(e.Type), e.SubjectID
		stores[i], regions[i] = pointer(e.StoreID), pointer(e.RegionID)
		everyone[i], personal[i], data[i] = e.Everyone, e.Personal, string(encoded)
	}
	batch.Queue(
		insertEvents, ids, types, stores, regions, everyone, personal, subjects, pointer(tx.ActorID), tx.Now, data,
	).Query(func(rows pgx.Rows) error {
		var each Position
		_, err := pgx.ForEachRow(rows, []any{&each.XID, &each.Seq}, func() error {
			if newest.Before(each) {
				*newest = each
			}
			return nil
		})
		return Wrap("record events", err)
	})
	return nil
}

// recordOne is record for one event, as most commands tell: rows of arrays cost PostgreSQL more than the values themselves. The
// statement is insertEvent, or has it, and has more arguments.
func recordOne(batch *pgx.Batch, sql string, tx *Tx, newest *Position, more ...any) error {
	e := tx.events[0]
	encoded, err := e.encoded()
	if err != nil {
		return err
	}
	batch.Queue(sql, append([]any{
		NewID(), string(e.Type), e.StoreID, e.RegionID, e.Everyone, e.Personal, e.SubjectID, tx.ActorID, tx.Now, encoded,
	}, more...)...).QueryRow(func(row pgx.Row) error {
		return Wrap("record an event", row.Scan(&newest.XID, &newest.Seq))
	})
	return nil
}

// encoded is the event's data in JSON.
func (e Event) encoded() ([]byte, error) {
	encoded, err := json.Marshal(e.Data)
	if err != nil {
		return nil, fmt.Errorf("data of a %s event: %w", e.Type, err)
	}
	return encoded, nil
}

// pointer is what an array of nullable ids takes.
func pointer(id uuid.NullUUID) *uuid.UUID {
	if !id.Valid {
		return nil
	}
	return &id.UUID
}
